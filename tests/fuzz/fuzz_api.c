/* tests: random sequences of public calls: no crash, no code that the headers do not name, and the store verifies. */
#include "fuzz.h"

#include "calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *broken = calls_play(data, size);

    if (broken != NULL)
        fprintf(stderr, "claim: %s\n", broken);
    CLAIM(broken == NULL);
    return 0;
}
