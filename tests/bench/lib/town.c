/* bench: see town.h. */
#include "town.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/handle.h"
#include "base/crypto.h"
#include "bench.h"
#include "codec/writer.h"
#include "model/schema.h"
#include "replica/internal.h"

enum { HOUSEHOLD = 4 << 1, RESIDENT = 5 << 1, LATER = 20, RECORD_BYTES = 340, EDIT_BYTES = 90 * 1024, EDITS_AT_ONCE = 64, SCOPES_AT_ONCE = 256,
       MAP_LEAST = 256 << 20, PATCH_ROOM_BYTES = 16 * 1024, RECORD_ROOM_BYTES = 4 * 1024,
       CITY_STREETS = 10, CITY_COMMUNITIES = 11, CITY_PATCHES = 50 };

static const linli_field HOUSEHOLD_FIELDS[] = {1, 2, 3, 4, 5, 6, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
static const linli_field RESIDENT_FIELDS[] = {1, 2, 3, 4, 6, 8, 9, 13, 14, 20, 21, 22};
_Static_assert(sizeof(HOUSEHOLD_FIELDS) / sizeof(linli_field) == TOWN_HOUSEHOLD_FIELDS, "as many as W1 says");
_Static_assert(sizeof(RESIDENT_FIELDS) / sizeof(linli_field) == TOWN_RESIDENT_FIELDS, "as many as W1 says");

static bool is_household(size_t record)
{
    return record % TOWN_RECORDS_EACH == 0;
}

linli_type town_type(size_t record)
{
    return is_household(record) ? HOUSEHOLD : RESIDENT;
}

size_t town_fields(size_t record)
{
    return is_household(record) ? TOWN_HOUSEHOLD_FIELDS : TOWN_RESIDENT_FIELDS;
}

void town_record_id(size_t record, linli_id *out)
{
    uint64_t number = record;
    span bytes = span_of(&number, sizeof(number));

    crypto_hash16("linli bench town", &bytes, 1, out);
    out->b[0] &= 0xfe; /* of a type that the right to write is enough for (proto/record.md 1) */
}

/* Scattered, but the same for the same record and field. */
static uint32_t scatter(size_t record, linli_field field)
{
    uint64_t x = (uint64_t)record * 0x9e3779b97f4a7c15u + field * 0xbf58476d1ce4e5b9u;

    x ^= x >> 29;
    x *= 0x94d049bb133111ebu;
    return (uint32_t)(x >> 33);
}

/* A made-up word and a number: about as much that cannot be guessed as names, streets and dates have. */
static void text_write(struct buf *out, size_t record, linli_field field)
{
    static const char *const words[] = {"ash", "bay", "cedar", "dove", "elm", "fern", "gorse", "hazel",
                                        "iris", "jay", "kelp", "lark", "moss", "nettle", "oak", "pine"};
    char text[TOWN_VALUE_BYTES];
    uint32_t at = scatter(record, field);
    int size = snprintf(text, sizeof(text), "%s %u", words[at % 16], at / 16 % 1000);

    write_text(out, text, (size_t)size);
}

static void date_write(struct buf *out, size_t record, linli_field field)
{
    char text[TOWN_VALUE_BYTES];
    uint32_t at = scatter(record, field);
    int size = snprintf(text, sizeof(text), "%u-%02u-%02u", 1940 + at % 80, 1 + at / 80 % 12, 1 + at / 960 % 28);

    write_text(out, text, (size_t)size);
}

linli_field town_field(size_t record, size_t at, struct buf *out)
{
    linli_field field = is_household(record) ? HOUSEHOLD_FIELDS[at] : RESIDENT_FIELDS[at];
    const struct linli_schema_field *known =
        linli_schema_field_by_number(linli_schema_type_by_number(town_type(record)), field);
    linli_id household;

    switch (known == NULL ? LINLI_KIND_TEXT : known->kind) {
    case LINLI_KIND_ID:
        town_record_id(record - record % TOWN_RECORDS_EACH, &household);
        write_bin(out, household.b, sizeof(household.b));
        break;
    case LINLI_KIND_CHOICE: write_uint(out, 1 + scatter(record, field) % 2); break;
    case LINLI_KIND_DATE: date_write(out, record, field); break;
    case LINLI_KIND_NIL:
    case LINLI_KIND_BOOL:
    case LINLI_KIND_INT:
    case LINLI_KIND_TEXT:
    case LINLI_KIND_BYTES:
    case LINLI_KIND_TIME:
    case LINLI_KIND_SEALED: text_write(out, record, field); break;
    }
    return field;
}

/* --- the store --- */

/* Fields of one group are one register (proto/record.md 2): [2 unit, 3 floor, 4 room] and [13 arrived, 14 left]. */
static linli_field group_of(size_t record, linli_field field)
{
    const struct linli_schema_field *known =
        linli_schema_field_by_number(linli_schema_type_by_number(town_type(record)), field);

    return known == NULL ? field : known->group;
}

static void record_add(struct edit *e, const linli_id *patch, size_t record)
{
    struct buf items[TOWN_HOUSEHOLD_FIELDS] = {{0}};
    linli_field fields[TOWN_HOUSEHOLD_FIELDS];
    size_t count = town_fields(record);
    linli_id id;

    town_record_id(record, &id);
    for (size_t i = 0; i < count; i++)
        fields[i] = town_field(record, i, &items[i]);
    for (size_t i = 0, end; i < count; i = end) {
        struct buf value = {0};
        linli_field group = group_of(record, fields[i]);
        for (end = i + 1; end < count && group_of(record, fields[end]) == group; end++)
            ;
        write_map(&value, end - i);
        for (size_t k = i; k < end; k++) {
            write_uint(&value, fields[k]);
            write_raw(&value, buf_span(&items[k]));
        }
        uint32_t number = (uint32_t)group << 5 | RULE_REGISTER << 2 | LINLI_PERSONAL;
        must(edit_add(e, patch, &id, town_type(record), number, (span){NULL, 0}, buf_span(&value)), "edit");
        buf_free(&value);
    }
    for (size_t i = 0; i < count; i++)
        buf_free(&items[i]);
}

uint64_t town_map_bytes(const struct town *t)
{
    return MAP_LEAST + (uint64_t)t->patches * PATCH_ROOM_BYTES + (uint64_t)town_records(t) * RECORD_ROOM_BYTES;
}

/* Edits of some patches, for one commit: each as large as a changeset may be. */
struct edits {
    struct edit *at[EDITS_AT_ONCE];
    size_t count;
    linli_store *store;
};

static void edits_commit(struct edits *e)
{
    must(replica_commit(e->store->replica, e->at, e->count, NULL), "commit");
    for (size_t i = 0; i < e->count; i++) {
        edit_free(e->at[i]);
        free(e->at[i]);
    }
    e->count = 0;
}

static void patch_write(const struct town *t, struct edits *e, size_t patch, const linli_id *scope)
{
    size_t first = patch * t->households * TOWN_RECORDS_EACH, count = t->households * TOWN_RECORDS_EACH;
    size_t pieces = count * RECORD_BYTES / EDIT_BYTES + 1;

    for (size_t piece = 0; piece < pieces; piece++) {
        struct edit *edit = calloc(1, sizeof(*edit));
        must_be(edit != NULL, "memory");
        for (size_t i = count * piece / pieces; i < count * (piece + 1) / pieces; i++)
            record_add(edit, scope, first + i);
        e->at[e->count++] = edit;
        if (e->count == EDITS_AT_ONCE)
            edits_commit(e);
    }
}

/* `each` scopes of a kind below each parent, as far as `most` go. */
static linli_id *scopes_add(linli_store *store, enum linli_scope_kind kind, const linli_id *above, size_t each, size_t most)
{
    struct linli_scope_spec specs[SCOPES_AT_ONCE];
    char names[SCOPES_AT_ONCE][TOWN_VALUE_BYTES];
    linli_id parents[SCOPES_AT_ONCE], *ids = calloc(most, sizeof(*ids));

    must_be(ids != NULL, "memory");
    for (size_t from = 0, count; from < most; from += count) {
        count = most - from < SCOPES_AT_ONCE ? most - from : SCOPES_AT_ONCE;
        for (size_t i = 0; i < count; i++) {
            snprintf(names[i], sizeof(names[i]), "Made-up Scope %zu", from + i);
            specs[i] = (struct linli_scope_spec){.name = names[i], .kind = kind};
            parents[i] = above[(from + i) / each];
        }
        must(linli_scope_add_many(store, parents, specs, count, ids + from), "scopes");
    }
    return ids;
}

static size_t over(size_t count, size_t each)
{
    return (count + each - 1) / each;
}

/* The scopes in which the patches stand. */
static linli_id *above_patches(const struct town *t, linli_store *store, const linli_id *root)
{
    size_t communities = over(t->patches, CITY_PATCHES), streets = over(communities, CITY_COMMUNITIES);
    size_t districts = over(streets, CITY_STREETS);
    linli_id *a = scopes_add(store, LINLI_DISTRICT, root, districts, districts);
    linli_id *b = scopes_add(store, LINLI_STREET, a, CITY_STREETS, streets);
    linli_id *c = scopes_add(store, LINLI_COMMUNITY, b, CITY_COMMUNITIES, communities);

    free(a);
    free(b);
    return c;
}

void town_store(const struct town *t, const char *dir, linli_store **out, linli_id *root)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {1};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = dir, .map_bytes = town_map_bytes(t)};
    enum linli_scope_kind kind = t->city ? LINLI_CITY : LINLI_COMMUNITY;
    struct linli_status status;
    struct edits edits = {.count = 0};

    must(linli_store_create(&options, kind, "Made-up Place", NULL, out), "create");
    must(linli_store_status(*out, &status), "status");
    *root = status.root_scope;
    edits.store = *out;
    linli_id *above = t->city ? above_patches(t, *out, root) : NULL;
    linli_id *patches = scopes_add(*out, LINLI_PATCH, t->city ? above : root, t->city ? CITY_PATCHES : t->patches, t->patches);
    for (size_t i = 0; i < t->patches && t->households > 0; i++)
        patch_write(t, &edits, i, &patches[i]);
    if (edits.count > 0)
        edits_commit(&edits);
    free(above);
    free(patches);
}

void town_edit(linli_store *store, size_t record, linli_field field, const char *text)
{
    struct linli_value value = linli_text(text);
    linli_record *reading = NULL;
    linli_txn *txn = NULL;
    linli_id id;

    town_record_id(record, &id);
    must(linli_record_get(store, &id, &reading), "get");
    must(linli_txn_begin(store, &txn), "begin");
    must(linli_record_set(txn, &id, linli_record_token(reading), field, &value), "set");
    must(linli_txn_commit(txn, NULL), "commit");
    linli_record_free(reading);
}

struct town_change town_change(const struct town *t, unsigned side, size_t i)
{
    size_t all = 2 * W2_EACH - W2_SAME_RECORD, households = t->patches * t->households;
    size_t at = side == 0 ? i : W2_EACH - W2_SAME_RECORD + i;
    bool same_field = at >= W2_EACH - W2_SAME_FIELD && at < W2_EACH;

    return (struct town_change){at * households / all * TOWN_RECORDS_EACH,
                                side == 0 || same_field ? TOWN_HEAD_FIELD : TOWN_HEAD_FIELD - 4};
}
