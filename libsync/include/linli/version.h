/** The library's version: of the header an application was built with, and of the library it runs with. */
#ifndef LINLI_VERSION_H
#define LINLI_VERSION_H

#include <linli/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINLI_VERSION_MAJOR 0
#define LINLI_VERSION_MINOR 1
#define LINLI_VERSION_PATCH 0
#define LINLI_VERSION_TEXT "0.1.0"

/**
 * Returns: the version of the library in use, such as "0.1.0". Static; never NULL.
 */
LINLI_API const char *linli_version(void);

#ifdef __cplusplus
}
#endif
#endif
