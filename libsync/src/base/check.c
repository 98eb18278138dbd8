/* base: what happens when the program itself is wrong: one line that names the broken claim, then the end. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *claim, const char *file, int line)
{
    /* The claim is source text, so this line can carry no personal data. */
    fprintf(stderr, "linli: broken claim: %s (%s:%d)\n", claim, file, line);
    abort();
}
