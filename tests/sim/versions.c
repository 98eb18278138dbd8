/*
 * sim: programs of two versions in one world: the older does not know every type and field, the newer says things that
 * nobody here has heard of. -Wl,--wrap puts these in front of the schema, so that each place reads its own.
 */
#include "codec/writer.h"
#include "model/schema.h"
#include "sim.h"

enum { KEY_UNHEARD = 200, KIND_UNHEARD = 120 };

/* --- the schema of the older program --- */

/* What it knew of each type: its first fields. Among the later ones are some of a known group, indexed ones, sets, logs. */
static const struct {
    linli_type type;
    size_t fields;
} earlier[] = {
    {4 << 1, 3},  /* household: unit and floor, and no room */
    {5 << 1, 9},  /* resident */
    {6 << 1, 4},  /* visit */
    {9 << 1, 0},  /* announcement: not at all */
    {10 << 1, 0}, /* activity: not at all */
};

static size_t fields_known(const struct linli_schema_type *type, bool old)
{
    for (size_t i = 0; old && i < COUNT_OF(earlier); i++)
        if (earlier[i].type == type->number)
            return earlier[i].fields;
    return type->field_count;
}

const struct linli_schema_type *__wrap_linli_schema_types(size_t *count);
const struct linli_schema_type *__wrap_linli_schema_types(size_t *count)
{
    static struct linli_schema_type known[64];
    bool old = sim_world->runs != NULL && sim_world->runs->old;

    ALWAYS(schema_table_count <= COUNT_OF(known));
    *count = 0;
    for (size_t i = 0; i < schema_table_count; i++) {
        size_t fields = fields_known(&schema_table[i], old);
        if (fields == 0)
            continue;
        known[*count] = schema_table[i];
        known[(*count)++].field_count = fields;
    }
    return known;
}

/* What is lent is read before another place runs: each has its own in turn. */
const struct linli_schema_type *__wrap_linli_schema_type_by_number(linli_type number);
const struct linli_schema_type *__wrap_linli_schema_type_by_number(linli_type number)
{
    size_t count;
    const struct linli_schema_type *types = __wrap_linli_schema_types(&count);

    for (size_t i = 0; i < count; i++)
        if (types[i].number == number)
            return &types[i];
    return NULL;
}

struct place *place_runs(struct place *p)
{
    struct place *before = p->world->runs;

    p->world->runs = p;
    return before;
}

/* --- messages of a newer program than anybody's --- */

/* One more key behind those of a message's map, when its head has room for one more. */
static void key_unheard(struct buf *message)
{
    static const uint8_t pair[] = {0xcc, KEY_UNHEARD, 0x92, 0xa3, 'n', 'e', 'w', 0xc3};

    if (message->size < 3 || (message->at[2] & 0xf0) != 0x80 || message->at[2] == 0x8f)
        return;
    message->at[2]++;
    ALWAYS(buf_append(message, pair, sizeof(pair)) == LINLI_OK);
}

void newer_message(struct buf *out)
{
    write_array(out, 2);
    write_uint(out, KIND_UNHEARD);
    write_map(out, 1);
    write_uint(out, 1);
    write_text(out, "made-up news", 12);
}

bool newer_says(struct world *w, const struct place *p, struct buf *message, bool *another)
{
    *another = false;
    if (w->mix.fault[FAULT_UPGRADE] == 0 || p->old || !chance(w, 200))
        return false;
    *another = chance(w, 500);
    if (!*another)
        key_unheard(message);
    w->unheard++;
    return true;
}

/* --- upgrades --- */

void version_draw(struct world *w, struct place *p)
{
    p->old = w->mix.fault[FAULT_UPGRADE] > 0 && chance(w, 500);
    if (p->old)
        world_log(w, "%u is of an older version", p->number);
}

int upgrade(struct place *p)
{
    world_log(p->world, "%u is upgraded", p->number);
    if (p->up)
        place_crash(p);
    p->old = false;
    return place_open(p);
}
