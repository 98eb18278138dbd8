/*
 * api: what is typed finds, by the index, whom a plain look at every record finds: over random names, rooms and numbers, edited and
 * deleted in two stores apart, and merged. The plain look knows nothing of the index, nor of the program's table of sounds.
 */
#include "story.h"

enum { RES_PHONE = 7, ROUNDS = 6, WRITES = 14, ASKED = 60, MOST = 128, TYPED = 64 };

static const struct letter {
    const char *text, *sounds[4];
} letters[] = {
    {"张", {"zhang"}}, {"三", {"san"}},  {"单", {"dan", "shan", "chan"}}, {"曾", {"ceng", "zeng"}}, {"重", {"chong", "zhong"}},
    {"庆", {"qing"}},  {"安", {"an"}},   {"西", {"xi"}},                  {"吕", {"lv", "lu", "lyu"}}, {"a", {"a"}}, {"n", {"n"}},
};
static const char *const buildings[] = {"3栋", "4", "3"}, *const units[] = {"1号", "2", ""}, *const rooms[] = {"502室", "0502", "601"};
static const char *const building_parts[] = {"3", "4", "3"}, *const unit_parts[] = {"1", "2", ""}, *const room_parts[] = {"502", "502", "601"};

struct world {
    struct town town;
    linli_store *stores[2];
    linli_id patch, residents[MOST], homes[MOST];
    size_t resident_count, home_count;
    struct rng_seeded seed;
};

static unsigned draw(struct world *w, size_t below)
{
    return (unsigned)rng_below(&w->seed, below);
}

static linli_store *some_store(struct world *w)
{
    return w->stores[draw(w, 2)];
}

static void draw_name(struct world *w, char *out)
{
    out[0] = '\0';
    for (size_t i = 1 + draw(w, 4); i > 0; i--)
        strcat(out, letters[draw(w, COUNT_OF(letters))].text);
}

static void draw_phone(struct world *w, char out[16])
{
    snprintf(out, 16, "1990000%u%03u", 5 * draw(w, 2), draw(w, 2) == 0 ? 502 : draw(w, 5));
}

/* ---- writes ---- */

static bool held(linli_store *store, const linli_id *id)
{
    linli_record *record = NULL;
    int rv = linli_record_get(store, id, &record);

    linli_record_free(record);
    return rv == LINLI_OK;
}

static void put(struct world *w, linli_store *store, const linli_id *id, linli_field field, struct linli_value value)
{
    linli_record *record = story_get(store, id);
    linli_span token = draw(w, 4) == 0 ? no_token : linli_record_token(record);

    assert_ok(story_set(store, id, token, field, value));
    linli_record_free(record);
}

static void home_place(struct world *w, linli_store *store, const linli_id *id)
{
    unsigned unit = draw(w, COUNT_OF(units));

    put(w, store, id, HH_BUILDING, linli_text(buildings[draw(w, COUNT_OF(buildings))]));
    put(w, store, id, HH_ROOM, linli_text(rooms[draw(w, COUNT_OF(rooms))]));
    if (units[unit][0] != '\0')
        put(w, store, id, HH_UNIT, linli_text(units[unit]));
}

static void add_one(struct world *w)
{
    linli_store *store = some_store(w);
    char name[64], phone[16];

    draw_name(w, name);
    draw_phone(w, phone);
    if (draw(w, 3) == 0) {
        linli_id id = story_new(store, &w->patch, HOUSEHOLD, HH_HEAD, linli_text(name));
        home_place(w, store, &id);
        w->homes[w->home_count++] = id;
        return;
    }
    linli_id id = story_new(store, &w->patch, RESIDENT, RES_NAME, linli_text(name));
    put(w, store, &id, RES_PHONE, linli_text(phone));
    if (w->home_count > 0)
        put(w, store, &id, RES_HOUSEHOLD, linli_ref(&w->homes[draw(w, w->home_count)]));
    w->residents[w->resident_count++] = id;
}

static void hide_or_show(linli_store *store, const linli_id *id)
{
    linli_record *record = story_get(store, id);
    linli_txn *txn = NULL;

    assert_ok(linli_txn_begin(store, &txn));
    if (linli_record_deleted(record))
        assert_ok(linli_record_restore(txn, id, linli_record_token(record)));
    else
        assert_ok(linli_record_delete(txn, id, linli_record_token(record)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(record);
}

static void change_one(struct world *w)
{
    linli_store *store = some_store(w);
    const linli_id *resident = &w->residents[draw(w, w->resident_count)], *home = &w->homes[draw(w, w->home_count)];
    char name[64], phone[16];

    draw_name(w, name);
    draw_phone(w, phone);
    if (!held(store, resident) || !held(store, home))
        return;
    switch (draw(w, 6)) {
    case 0: put(w, store, resident, RES_PHONE, linli_text(phone)); break;
    case 1: put(w, store, resident, RES_HOUSEHOLD, linli_ref(home)); break;
    case 2: home_place(w, store, home); break;
    case 3: put(w, store, home, HH_HEAD, linli_text(name)); break;
    case 4: hide_or_show(store, resident); break;
    default: put(w, store, resident, RES_NAME, linli_text(name)); break;
    }
}

/* ---- the plain look ---- */

static bool spelled(const char *name, const char *typed)
{
    if (typed[0] == '\0')
        return true;
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        const struct letter *at = &letters[i];
        size_t size = strlen(at->text);
        if (strncmp(name, at->text, size) != 0)
            continue;
        if (strncmp(typed, at->text, size) == 0 && spelled(name + size, typed + size))
            return true;
        for (size_t s = 0; s < COUNT_OF(at->sounds) && at->sounds[s] != NULL; s++)
            for (size_t k = 1; k <= strlen(at->sounds[s]) && strncmp(typed, at->sounds[s], k) == 0; k++)
                if (spelled(name + size, typed + k))
                    return true;
    }
    return false;
}

static bool name_spelled(const char *name, const char *typed)
{
    while (name[0] != '\0') {
        if (spelled(name, typed))
            return true;
        name += (uint8_t)name[0] < 0x80 ? 1 : 3;
    }
    return false;
}

struct asked {
    char typed[TYPED];
    const char *parts[3]; /* of a place: building, unit, room; "" where not said */
    bool place;
};

static const char *plain_of(const char *said, const char *const *texts, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(said, texts[i]) == 0)
            return parts[i];
    return said;
}

/* What is said must be there in this order, the room last. */
static bool placed(const struct asked *asked, const char *building, const char *unit, const char *room)
{
    const char *at[] = {plain_of(building, buildings, building_parts, 3), plain_of(unit, units, unit_parts, 3)};
    size_t next = 0;

    if (!asked->place || room[0] == '\0' || strcmp(asked->parts[2], plain_of(room, rooms, room_parts, 3)) != 0)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (asked->parts[i][0] == '\0')
            continue;
        while (next < 2 && strcmp(at[next], asked->parts[i]) != 0)
            next++;
        if (next++ >= 2)
            return false;
    }
    return true;
}

struct texts { /* every value that stands of a register's field */
    char at[16][64];
    size_t count;
};

static void texts_of(const struct record_state *state, uint32_t n, linli_field field, struct texts *out)
{
    const struct group_state *g = record_group(state, group_number(n, RULE_REGISTER, CLASS_PERSONAL));

    out->count = 0;
    for (size_t i = 0; g != NULL && i < g->cells[0].count && out->count < 16; i++) {
        span text = reading_text(g->cells[0].values[i].bytes, field);
        snprintf(out->at[out->count++], 64, "%.*s", (int)text.size, (const char *)text.at);
    }
}

static bool digits(const char *typed)
{
    return strlen(typed) >= 4 && strspn(typed, "0123456789") == strlen(typed);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);

    return size >= tail && strcmp(text + size - tail, end) == 0;
}

struct plain {
    const struct asked *asked;
    bool anywhere;              /* in every text instead */
    linli_id homes[MOST], found[MOST];
    size_t home_count, count;
};

static bool home_plain(const struct asked *asked, const struct record_state *state)
{
    const struct group_state *places = record_group(state, group_number(HH_UNIT, RULE_REGISTER, CLASS_PERSONAL));
    struct texts of_building;

    texts_of(state, HH_BUILDING, HH_BUILDING, &of_building);
    for (size_t i = 0; places != NULL && i < places->cells[0].count; i++)
        for (size_t j = 0; j < of_building.count; j++) {
            span unit = reading_text(places->cells[0].values[i].bytes, HH_UNIT), room = reading_text(places->cells[0].values[i].bytes, HH_ROOM);
            char texts[2][64];
            snprintf(texts[0], 64, "%.*s", (int)unit.size, unit.size == 0 ? "" : (const char *)unit.at);
            snprintf(texts[1], 64, "%.*s", (int)room.size, room.size == 0 ? "" : (const char *)room.at);
            if (placed(asked, of_building.at[j], texts[0], texts[1]))
                return true;
        }
    return false;
}

static bool lives_there(const struct plain *p, const struct record_state *state)
{
    const struct group_state *g = record_group(state, group_number(RES_HOUSEHOLD, RULE_REGISTER, CLASS_PERSONAL));

    for (size_t i = 0; g != NULL && i < g->cells[0].count; i++) {
        span item = reading_field(g->cells[0].values[i].bytes, RES_HOUSEHOLD);
        for (size_t j = 0; j < p->home_count; j++)
            if (item.size >= ID_BYTES && memcmp(item.at + item.size - ID_BYTES, p->homes[j].b, ID_BYTES) == 0)
                return true;
    }
    return false;
}

static bool plain_one(struct plain *p, const struct record_state *state)
{
    struct texts names, numbers = {.count = 0};
    bool household = state->type == HOUSEHOLD, found = false;

    texts_of(state, household ? HH_HEAD : RES_NAME, household ? HH_HEAD : RES_NAME, &names);
    if (!household)
        texts_of(state, RES_PHONE, RES_PHONE, &numbers);
    for (size_t i = 0; i < names.count; i++)
        found = found || (p->anywhere ? strstr(names.at[i], p->asked->typed) != NULL : name_spelled(names.at[i], p->asked->typed));
    for (size_t i = 0; i < numbers.count; i++)
        found = found || (p->anywhere ? strstr(numbers.at[i], p->asked->typed) != NULL
                                      : digits(p->asked->typed) && ends_with(numbers.at[i], p->asked->typed));
    if (found || p->anywhere)
        return found;
    return household ? home_plain(p->asked, state) : lives_there(p, state);
}

static bool look_plain(void *ctx, const linli_id *scope, const linli_id *record, const struct record_state *state)
{
    struct plain *p = ctx;

    (void)scope;
    if (plain_one(p, state))
        p->found[p->count++] = *record;
    return true;
}

static bool look_home(void *ctx, const linli_id *scope, const linli_id *record, const struct record_state *state)
{
    struct plain *p = ctx;

    (void)scope;
    if (home_plain(p->asked, state))
        p->homes[p->home_count++] = *record;
    return true;
}

/* ---- what is asked ---- */

static void ask_spelling(struct world *w, char typed[TYPED])
{
    typed[0] = '\0';
    for (size_t i = 1 + draw(w, 3); i > 0; i--) {
        const struct letter *at = &letters[draw(w, COUNT_OF(letters))];
        const char *sound = at->sounds[draw(w, 3)];
        size_t size = strlen(typed);
        if (sound == NULL || draw(w, 3) == 0)
            sound = at->text;
        snprintf(typed + size, TYPED - size, "%.*s", (int)(sound == at->text ? strlen(sound) : 1 + draw(w, strlen(sound))), sound);
    }
}

static void ask_place(struct world *w, struct asked *out)
{
    out->place = true;
    out->parts[0] = draw(w, 3) == 0 ? "" : building_parts[draw(w, 3)];
    out->parts[1] = draw(w, 2) == 0 ? "" : unit_parts[draw(w, 3)];
    out->parts[2] = room_parts[draw(w, 3)];
    for (size_t i = 0; i < 3; i++)
        if (out->parts[i][0] != '\0') {
            size_t size = strlen(out->typed);
            snprintf(out->typed + size, TYPED - size, "%s%s", size > 0 ? "-" : "", out->parts[i]);
        }
}

static void ask_tail(struct world *w, struct asked *out)
{
    char phone[16];

    draw_phone(w, phone);
    snprintf(out->typed, TYPED, "%s", phone + strlen(phone) - (4 + draw(w, 4)));
    if (strcmp(out->typed + strspn(out->typed, "0"), "502") == 0) { /* a room as well */
        out->place = true;
        out->parts[2] = "502";
    }
}

struct ids {
    linli_id at[MOST];
    size_t count;
};

static bool id_add(void *ctx, const linli_record *record)
{
    struct ids *ids = ctx;

    ids->at[ids->count++] = *linli_record_id(record);
    return true;
}

static void assert_as_plain(linli_store *store, linli_type type, const struct asked *asked)
{
    struct linli_query query = {.type = type, .match = asked->typed}, all = {.type = type};
    struct linli_query homes = {.type = HOUSEHOLD, .with_deleted = true};
    struct plain plain = {.asked = asked};
    struct ids ids = {.count = 0};

    assert_ok(linli_query_each(store, &query, id_add, &ids));
    assert_ok(replica_query(store->replica, &homes, false, look_home, &plain));
    assert_ok(replica_query(store->replica, &all, false, look_plain, &plain));
    plain.anywhere = plain.count == 0;
    if (plain.anywhere && !asked->place)
        assert_ok(replica_query(store->replica, &all, false, look_plain, &plain));
    else if (plain.anywhere)
        return; /* the parts of a place stand in other texts, too */
    if (ids.count != plain.count || memcmp(ids.at, plain.found, ids.count * sizeof(linli_id)) != 0)
        fail_msg("'%s': %zu found, by a plain look %zu", asked->typed, ids.count, plain.count);
}

static void by_the_index_as_by_a_plain_look(void **state)
{
    static struct world w;

    (void)state;
    memset(&w, 0, sizeof(w));
    seed_start(&w.seed);
    town_start(&w.town);
    w.stores[0] = story_root(&w.town);
    linli_id root = story_root_scope(w.stores[0]);
    w.patch = story_scope(w.stores[0], &root, "1");
    w.stores[1] = story_join(&w.town, w.stores[0], &w.patch, LINLI_CAPTAIN);
    story_meet(w.stores[0], w.stores[1]);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < WRITES; i++) {
            w.town.now_ms += draw(&w, 2000);
            if (w.home_count == 0 || w.resident_count == 0 || draw(&w, 3) == 0)
                add_one(&w);
            else
                change_one(&w);
        }
        for (unsigned i = 0; i < ASKED; i++) {
            struct asked asked = {.typed = "", .parts = {"", "", ""}};
            unsigned kind = draw(&w, 4);
            if (kind == 0)
                ask_place(&w, &asked);
            else if (kind == 1)
                ask_tail(&w, &asked);
            else
                ask_spelling(&w, asked.typed);
            assert_as_plain(some_store(&w), draw(&w, 2) == 0 ? RESIDENT : HOUSEHOLD, &asked);
        }
        if (round % 2 == 0)
            story_meet(w.stores[0], w.stores[1]);
    }
    for (int i = 0; i < 2; i++) {
        assert_verifies(w.stores[i]);
        linli_store_close(w.stores[i]);
    }
    town_end(&w.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_index_as_by_a_plain_look),
    };

    return UNIT_RUN(tests);
}
