/* Without <stddef.h>. */
#ifndef NEEDS_ANOTHER_H
#define NEEDS_ANOTHER_H

size_t needs_another(void);

#endif
