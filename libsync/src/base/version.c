/* base: the version that the library reports of itself. */
#include <linli/version.h>

const char *linli_version(void)
{
    return LINLI_VERSION_TEXT;
}
