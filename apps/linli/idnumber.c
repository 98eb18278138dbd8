/* Command line, identity numbers: shape, area, birth and check digit, in that order, so that the fault named is the first. */
#include "idnumber.h"

#include <stdlib.h>
#include <string.h>

char idnumber_check(const char *digits)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}; /* 2^(18-i) mod 11 */
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (digits[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

/* First two digits in use: provinces, Hong Kong, Macau and Taiwan, and 9 for permanent residents from abroad. A county
 * that no longer exists stays valid in the numbers of those who were born there, so nothing finer is judged. */
static bool known_area(const char *text)
{
    static const char areas[] = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 "
                                "63 64 65 71 81 82 83";
    const char pair[3] = {text[0], text[1], '\0'};
    return text[0] == '9' || strstr(areas, pair) != NULL;
}

static enum idnumber_fault read_birth(const char *text, const char *today, struct idnumber *out)
{
    char digits[9];
    memcpy(digits, text + 6, 8);
    digits[8] = '\0';
    if (!dates_read(digits, out->birth))
        return IDNUMBER_BIRTH;
    return today != NULL && strcmp(out->birth, today) > 0 ? IDNUMBER_BIRTH : IDNUMBER_GOOD;
}

enum idnumber_fault idnumber_read(const char *text, const char *today, struct idnumber *out)
{
    memset(out, 0, sizeof(*out));
    if (strlen(text) != 18)
        return IDNUMBER_LENGTH;
    memcpy(out->text, text, 18);
    if (out->text[17] == 'x')
        out->text[17] = 'X';
    for (int i = 0; i < 18; i++)
        if ((text[i] < '0' || text[i] > '9') && (i < 17 || out->text[i] != 'X'))
            return IDNUMBER_DIGITS;
    if (!known_area(text))
        return IDNUMBER_AREA;
    enum idnumber_fault fault = read_birth(text, today, out);
    if (fault != IDNUMBER_GOOD)
        return fault;
    out->sex = (text[16] - '0') % 2 == 1 ? 1 : 2;
    return out->text[17] == idnumber_check(text) ? IDNUMBER_GOOD : IDNUMBER_CHECK;
}
