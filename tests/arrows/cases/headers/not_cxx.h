/* Good C, and no C++. */
#ifndef NOT_CXX_H
#define NOT_CXX_H

static inline const int *not_cxx(const void *item) {
    const int *number = item;
    return number;
}

#endif
