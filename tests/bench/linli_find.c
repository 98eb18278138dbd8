/*
 * bench: people found as one types, among all residents of a community: the mean processor time of an answer, sealed numbers
 * opened. Usage: linli_find [RESIDENTS]. Every name in it is made up.
 */
#include <linli/linli.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "model/seek.h"

enum {
    HOUSEHOLD = 4 << 1, BUILDING = 1, UNIT = 2, ROOM = 4, RESIDENT = 5 << 1, HOME = 1, NAME = 2, NUMBER = 5, PHONE = 7,
    HOMES_EACH = 60, PEOPLE_EACH = 3, FLATS = 6, TIMES = 40, NAME_BYTES = 16, TYPED_BYTES = 64
};

struct community {
    char base[BENCH_DIR_BYTES], dir[2 * BENCH_DIR_BYTES];
    linli_store *store;
    linli_id root, patch;
    size_t people;
    linli_txn *txn;
};

/* The more common ones more often, as people are called. */
static void name_of(size_t person, char out[NAME_BYTES])
{
    static const char surnames[] = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚钟姜单";
    static const char given[] = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥春夏秋冬山川江河云雨雪月星明安平福寿康宁文武英华国强建军红梅兰菊";
    size_t x = person * 2654435761u, surname = (x >> 7) % 54, first = (x >> 13) % 54, second = (x >> 19) % 60;

    surname = surname * ((x >> 3) % 54) / 54;
    snprintf(out, NAME_BYTES, "%.3s%.3s%.*s", surnames + 3 * surname, given + 3 * first, second < 54 ? 3 : 0, given + 3 * (second % 54));
}

static void phone_of(size_t person, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, "1990%07zu", person * 7919 % 10000000);
}

static void put(struct community *c, const linli_id *id, linli_field field, struct linli_value value)
{
    const linli_span none = {NULL, 0};

    must(linli_record_set(c->txn, id, none, field, &value), "set");
}

static void flush(struct community *c, bool all)
{
    if (c->txn == NULL || (!all && linli_txn_size(c->txn) < LINLI_TXN_BYTES))
        return;
    must(linli_txn_commit(c->txn, NULL), "commit");
    c->txn = NULL;
}

static void start(struct community *c, linli_type type, linli_id *id)
{
    if (c->txn == NULL)
        must(linli_txn_begin(c->store, &c->txn), "begin");
    must(linli_record_create(c->txn, &c->patch, type, id), "create");
}

static void place_of(size_t home, unsigned *building, unsigned *unit, unsigned *room)
{
    *building = (unsigned)(home / HOMES_EACH) + 1;
    *unit = (unsigned)(home % HOMES_EACH / (HOMES_EACH / 2)) + 1;
    *room = (unsigned)(100 * (home % (HOMES_EACH / 2) / FLATS + 1) + home % FLATS + 1);
}

static void home_make(struct community *c, size_t home, linli_id *id)
{
    unsigned building, unit, room;
    char text[3][NAME_BYTES];

    place_of(home, &building, &unit, &room);
    snprintf(text[0], NAME_BYTES, "%u栋", building);
    snprintf(text[1], NAME_BYTES, "%u单元", unit);
    snprintf(text[2], NAME_BYTES, "%u室", room);
    start(c, HOUSEHOLD, id);
    put(c, id, BUILDING, linli_text(text[0]));
    put(c, id, UNIT, linli_text(text[1]));
    put(c, id, ROOM, linli_text(text[2]));
}

static void person_make(struct community *c, size_t person, const linli_id *home)
{
    char name[NAME_BYTES], phone[NAME_BYTES], number[TYPED_BYTES];
    linli_id id;

    name_of(person, name);
    phone_of(person, phone);
    snprintf(number, sizeof(number), "530111188%09zu", person * 7907 % 1000000000);
    start(c, RESIDENT, &id);
    put(c, &id, HOME, linli_ref(home));
    put(c, &id, NAME, linli_text(name));
    put(c, &id, PHONE, linli_text(phone));
    put(c, &id, NUMBER, linli_text(number));
}

static void community_make(struct community *c)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {1};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = c->dir};
    struct linli_status status;
    linli_id home = {{0}};

    must(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Community", NULL, &c->store), "create");
    must(linli_store_status(c->store, &status), "status");
    c->root = status.root_scope;
    for (size_t person = 0; person < c->people; person++) {
        char name[TYPED_BYTES];
        struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH};
        snprintf(name, sizeof(name), "Made-up Patch %zu", person);
        if (person % (HOMES_EACH * PEOPLE_EACH) == 0) {
            flush(c, true);
            must(linli_scope_add(c->store, &c->root, &spec, &c->patch), "scope");
        }
        if (person % PEOPLE_EACH == 0)
            home_make(c, person / PEOPLE_EACH, &home);
        person_make(c, person, &home);
        flush(c, false);
    }
    flush(c, true);
}

/* ---- what is typed ---- */

/* So many letters of each character's sound. */
static void spell(size_t person, size_t letters, char out[TYPED_BYTES])
{
    struct seek seek;
    uint16_t sounds[SOUNDS_MAX];
    char name[NAME_BYTES];

    name_of(person, name);
    seek_make(name, &seek);
    out[0] = '\0';
    for (size_t i = 0; i < seek.count; i++) {
        must_be(sounds_of(seek.points[i], sounds) > 0, "a sound");
        strncat(out, sound_text(sounds[0]), letters);
    }
}

static void type_letters(size_t person, char out[TYPED_BYTES])
{
    spell(person, 1, out);
}

static void type_pinyin(size_t person, char out[TYPED_BYTES])
{
    spell(person, SOUND_BYTES, out);
}

static void type_name(size_t person, char out[TYPED_BYTES])
{
    name_of(person, out);
}

static void type_tail(size_t person, char out[TYPED_BYTES])
{
    char phone[NAME_BYTES];

    phone_of(person, phone);
    snprintf(out, TYPED_BYTES, "%s", phone + strlen(phone) - 4);
}

static void type_room(size_t person, char out[TYPED_BYTES])
{
    unsigned building, unit, room;

    place_of(person / PEOPLE_EACH, &building, &unit, &room);
    snprintf(out, TYPED_BYTES, "%u-%u-%u", building, unit, room);
}

static void type_nobody(size_t person, char out[TYPED_BYTES])
{
    snprintf(out, TYPED_BYTES, "nobody %zu", person);
}

static bool count_one(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

/* The mean of an answer. Of who is meant there is at least one, but where nobody is. */
static double answer_s(struct community *c, void (*type)(size_t person, char out[TYPED_BYTES]), bool somebody, size_t times)
{
    char typed[TYPED_BYTES];
    double began = cpu_s();

    for (size_t i = 0; i < times; i++) {
        struct linli_query query = {.type = RESIDENT, .scope = &c->root, .subtree = true, .match = typed};
        size_t found = 0;
        type(i * 509 % c->people, typed);
        must(linli_query_each(c->store, &query, count_one, &found), "query");
        must_be((found > 0) == somebody, "whether somebody is found");
    }
    return (cpu_s() - began) / (double)times;
}

int main(int argc, char **argv)
{
    struct community c = {.people = argument(argc, argv, 1, 20000)};

    bench_dir(c.base);
    snprintf(c.dir, sizeof(c.dir), "%s/store", c.base);
    community_make(&c);
    figure("letters_seconds", answer_s(&c, type_letters, true, TIMES));
    figure("pinyin_seconds", answer_s(&c, type_pinyin, true, TIMES));
    figure("characters_seconds", answer_s(&c, type_name, true, TIMES));
    figure("tail_seconds", answer_s(&c, type_tail, true, TIMES));
    figure("room_seconds", answer_s(&c, type_room, true, TIMES));
    figure("nobody_seconds", answer_s(&c, type_nobody, false, 4));
    figures_end();
    linli_store_close(c.store);
    bench_dir_remove(c.base);
    return 0;
}
