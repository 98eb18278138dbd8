/* Command line, today: areas: which stand above or below the one that is asked for, and what rounds are open in each. */
#include <stdlib.h>
#include <string.h>

#include "today.h"

static uint32_t number_of(const struct today *today, const linli_id *scope)
{
    return lookup_find(&today->scopes, scope->b, sizeof(scope->b));
}

static bool same(const linli_id *a, const linli_id *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* All, or the one that is asked for and those below it. */
static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct today *today = at;
    if (today->area_count == today->area_room) {
        size_t room = today->area_room == 0 ? 64 : today->area_room * 2;
        struct today_area *larger = realloc(today->areas, room * sizeof(*larger));
        today->broken = larger == NULL;
        if (today->broken)
            return false;
        today->areas = larger;
        today->area_room = room;
    }
    struct today_area *area = &today->areas[today->area_count];
    *area = (struct today_area){.id = scope->id, .above = number_of(today, &scope->parent)};
    area->asked = today->scope == NULL || same(&scope->id, today->scope) || (area->above != LOOKUP_NONE && today->areas[area->above].asked);
    today->broken = !lookup_put(&today->scopes, scope->id.b, sizeof(scope->id.b), (uint32_t)today->area_count++);
    return !today->broken;
}

int today_areas(struct today *today)
{
    int rc = linli_scope_each(today->ctx->store, on_scope, today);
    uint32_t at = rc == LINLI_OK && today->scope != NULL ? number_of(today, today->scope) : LOOKUP_NONE;
    for (; at != LOOKUP_NONE; at = today->areas[at].above)
        today->areas[at].asked = true;
    return rc;
}

struct today_area *today_area_of(const struct today *today, const linli_record *record)
{
    uint32_t at = number_of(today, linli_record_scope(record));
    return at != LOOKUP_NONE ? &today->areas[at] : NULL;
}

void today_area_round(struct today_area *area, const char *starts)
{
    if (area->first[0] == '\0' || strcmp(starts, area->first) < 0)
        snprintf(area->first, sizeof(area->first), "%.10s", starts);
}

void today_area_rounds(struct today *today)
{
    for (size_t i = 0; i < today->area_count; i++) {
        struct today_area *area = &today->areas[i];
        if (area->above != LOOKUP_NONE && today->areas[area->above].first[0] != '\0')
            today_area_round(area, today->areas[area->above].first);
    }
}
