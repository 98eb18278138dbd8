/* Command line, people recorded twice: a forest of records, in which those that are the same have one root. */
#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static uint32_t number_of(struct people *people, const linli_id *id)
{
    uint32_t number = lookup_find(&people->numbers, id->b, sizeof(id->b));
    if (number != LOOKUP_NONE)
        return number;
    if (people->count == people->room) {
        size_t room = people->room == 0 ? 32 : people->room * 2;
        struct people_record *larger = realloc(people->of, room * sizeof(*larger));
        if (larger == NULL)
            return LOOKUP_NONE;
        people->of = larger;
        people->room = room;
    }
    number = (uint32_t)people->count;
    if (!lookup_put(&people->numbers, id->b, sizeof(id->b), number))
        return LOOKUP_NONE;
    people->of[people->count++] = (struct people_record){.id = *id, .joined = number};
    return number;
}

/* The way is shortened as it is gone. */
static uint32_t root_of(struct people *people, uint32_t number)
{
    while (people->of[number].joined != number) {
        people->of[number].joined = people->of[people->of[number].joined].joined;
        number = people->of[number].joined;
    }
    return number;
}

static bool on_join(void *at, const linli_record *record)
{
    struct people *people = at;
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    const struct linli_value *one = check_named(type, record, "one"), *other = check_named(type, record, "other");
    if (one == NULL || other == NULL || one->kind != LINLI_KIND_ID || other->kind != LINLI_KIND_ID)
        return true;
    uint32_t a = number_of(people, &one->id), b = number_of(people, &other->id);
    people->broken = a == LOOKUP_NONE || b == LOOKUP_NONE;
    if (!people->broken)
        people->of[root_of(people, a)].joined = root_of(people, b);
    return !people->broken;
}

int people_gather(struct context *ctx, struct people *people)
{
    const struct linli_query query = {.type = linli_schema_type_by_name("same_as")->number, .closed = true};
    int rc = linli_query_each(ctx->store, &query, on_join, people);
    return rc == LINLI_OK && people->broken ? LINLI_E_NOMEM : rc;
}

void people_free(struct people *people)
{
    lookup_free(&people->numbers);
    free(people->of);
}

bool people_first(struct people *people, const linli_id *record)
{
    uint32_t number = lookup_find(&people->numbers, record->b, sizeof(record->b));
    if (number == LOOKUP_NONE)
        return true;
    struct people_record *root = &people->of[root_of(people, number)];
    bool first = !root->told;
    root->told = true;
    return first;
}

const linli_id *people_other(struct people *people, const linli_id *record, size_t n)
{
    uint32_t number = lookup_find(&people->numbers, record->b, sizeof(record->b));
    for (size_t i = 0; number != LOOKUP_NONE && i < people->count; i++)
        if (i != number && root_of(people, (uint32_t)i) == root_of(people, number) && n-- == 0)
            return &people->of[i].id;
    return NULL;
}
