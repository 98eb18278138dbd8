/* Command line, shapes: see shape.h. */
#include "shape.h"

#include <string.h>

#include "text.h"

bool shape_phone(const char *text, char *out)
{
    size_t size = 0;
    if (strncmp(text, "+86", 3) == 0)
        text += 3;
    else if (strncmp(text, "0086", 4) == 0)
        text += 4;
    for (; *text != '\0' && size + 1 < SHAPE_PHONE_BYTES; text++)
        if (*text >= '0' && *text <= '9')
            out[size++] = *text;
        else if (strchr(" -()", *text) == NULL)
            break;
    out[size] = '\0';
    bool mobile = size == 11 && out[0] == '1' && out[1] >= '3';
    bool land = (out[0] == '0' && size >= 10 && size <= 12) || (out[0] != '0' && (size == 7 || size == 8));
    return *text == '\0' && (mobile || land);
}

bool shape_name(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += (*text & 0xC0) != 0x80 ? 1 : 0;
    return count > 0 && count <= SHAPE_NAME_MAX;
}

bool shape_division(const char *text)
{
    size_t size = strspn(text, "0123456789");
    return text[size] == '\0' && (size == 6 || size == 9 || size == 12);
}

const char *shape_identity_words(enum idnumber_fault fault)
{
    switch (fault) {
    case IDNUMBER_GOOD: break;
    case IDNUMBER_LENGTH: return _("an identity number has 18 characters");
    case IDNUMBER_DIGITS: return _("an identity number has 17 digits and a digit or X");
    case IDNUMBER_AREA: return _("no province has these first digits");
    case IDNUMBER_BIRTH: return _("the identity number's date of birth is no date, or in the future");
    case IDNUMBER_CHECK: return _("the identity number's last character does not fit: a digit is wrong");
    }
    return "";
}
