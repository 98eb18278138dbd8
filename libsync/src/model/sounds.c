/* model: lookups in the generated table of how characters sound. */
#include "model/sounds.h"

#include <stdlib.h>

static int beyond_compare(const void *x, const void *y)
{
    const struct sound_beyond *a = x, *b = y;

    return (a->point > b->point) - (a->point < b->point);
}

static unsigned row_of(uint32_t point)
{
    const struct sound_beyond wanted = {point, 0}, *found;

    if (point >= SOUND_FIRST && point <= SOUND_LAST)
        return sound_rows[point - SOUND_FIRST];
    found = bsearch(&wanted, sounds_beyond, sounds_beyond_count, sizeof(wanted), beyond_compare);
    return found == NULL ? SOUND_NONE : found->row;
}

size_t sounds_of(uint32_t point, uint16_t out[SOUNDS_MAX])
{
    unsigned row = row_of(point);

    if ((row & SOUND_LIST) == 0) {
        out[0] = (uint16_t)row;
        return row != SOUND_NONE;
    }
    const uint16_t *list = sound_lists + (row & ~(unsigned)SOUND_LIST);
    for (size_t i = 0; i < list[0]; i++)
        out[i] = list[i + 1];
    return list[0];
}
