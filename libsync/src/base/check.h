/* base: assertions of what the program itself guarantees. They stay on in release; input is never asserted. */
#ifndef LINLI_BASE_CHECK_H
#define LINLI_BASE_CHECK_H

#define ALWAYS(claim) ((claim) ? (void)0 : check_failed(#claim, __FILE__, __LINE__))
_Noreturn void check_failed(const char *claim, const char *file, int line);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
