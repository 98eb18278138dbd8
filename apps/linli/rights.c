/* Command line: rights of a grant, in words and in marks. */
#include "rights.h"

static const char *const right_names[] = {"read-public",    "read-personal",  "read-sensitive", "write-public",
                                          "write-personal", "write-sensitive", "manage",
                                          "open-contact",   "open-identity",   "open-health",    "open-relief",
                                          "open-minors",    "open-notes"};
enum { RIGHT_COUNT = sizeof(right_names) / sizeof(right_names[0]) };
_Static_assert(RIGHTS_BYTES == RIGHT_COUNT + 1, "room for a mark for each right");

json_t *rights_json(unsigned rights)
{
    json_t *list = json_array();
    for (unsigned bit = 0; list != NULL && bit < RIGHT_COUNT; bit++)
        if ((rights >> bit & 1u) != 0 && json_array_append_new(list, json_string(right_names[bit])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

char *rights_write(unsigned rights, char *out)
{
    static const char marks[] = "opsopsmcihryn";
    _Static_assert(sizeof(marks) == RIGHT_COUNT + 1, "a mark for each right");
    for (unsigned bit = 0; bit < RIGHT_COUNT; bit++)
        out[bit] = (char)((rights >> bit & 1u) != 0 ? marks[bit] : '-');
    out[RIGHT_COUNT] = '\0';
    return out;
}
