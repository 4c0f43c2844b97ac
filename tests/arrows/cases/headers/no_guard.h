/* Included twice, it defines twice. */
struct no_guard {
    int member;
};
