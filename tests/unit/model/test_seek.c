/* model: names found by characters, sounds and first letters; places by their parts; numbers by their tails. */
#include "unit.h"

#include "base/check.h"
#include "model/seek.h"

#include <string.h>

static span text(const char *words)
{
    return span_of(words, strlen(words));
}

struct sought {
    const char *name, *typed;
    bool found;
};

static const struct sought names[] = {
    {"张三", "张三", true},          {"张三", "张", true},           {"张三", "三", true},          {"张三", "zs", true},
    {"张三", "zhangsan", true},      {"张三", "zhang san", true},    {"张三", "ZhangSan", true},    {"张三", "Zhang'san", true},
    {"张三", "zhs", true},           {"张三", "zhangs", true},       {"张三", "san", true},         {"张三", "张s", true},
    {"张三", "zhang三", true},       {"张三", "ｚｓ", true},         {"张三", "sz", false},         {"张三", "zhangsann", false},
    {"张三", "张四", false},         {"张三", "章三", false},        {"张三", "hang", false},       {"张三", "zsx", false},
    {"李爱庆", "庆", true},          {"李爱庆", "aiqing", true},     {"李爱庆", "laq", true},       {"李爱庆", "ai庆", true},
    {"单雨", "shanyu", true},        {"单雨", "dany", true},         {"单雨", "chanyu", true},      {"单雨", "sy", true},
    {"曾小山", "zeng", true},        {"曾小山", "ceng", true},       {"曾小山", "cxs", true},       {"曾小山", "zxs", true},
    {"重庆", "chongqing", true},     {"重庆", "zhongqing", true},    {"重庆", "cq", true},          {"重庆", "zq", true},
    {"吕布", "lvbu", true},          {"吕布", "lubu", true},         {"吕布", "lyubu", true},       {"吕布", "lübu", true},
    {"仇英", "qiu", true},           {"区寄", "ouji", true},         {"盖聂", "ge", true},          {"朴槿", "piao", true},
    {"查良", "zhaliang", true},      {"翟让", "zhai", true},         {"缪荃", "miao", true},        {"任我", "ren", true},
    {"尉迟恭", "yuchi", true},       {"万俟卨", "moqi", true},       {"解缙", "xiejin", true},      {"欧阳修", "oyx", true},
    {"阿依·努尔", "阿依努尔", true}, {"阿依·努尔", "aynu", true},    {"阿依•努尔", "ayi·ne", true}, {"阿依·努尔", "ynu", true},
    {"John Smith", "smith", true},   {"John Smith", "hnsm", true},   {"John Smith", "js", false},   {"Made-up", "MADE UP", true},
    {"甲2号", "甲2", true},          {"甲2号", "2h", true},          {"𬭎一", "hongy", true},       {"𬭎一", "𬭎", true},
    {"ﾐ一", "ﾐ", true},              {"ﾐ一", "ﾐy", true},            {"ﾐ一", "ﾑ", false},           {"", "a", false},
    {"张三", "", false},             {"张三", " ·-", false},         {"西安", "xian", true},        {"㑇一", "zhouy", true},        {"先", "xian", true},
};

static void a_name_is_found_by_characters_sounds_and_first_letters(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct seek seek;
        seek_make(names[i].typed, &seek);
        if (seek_name(&seek, text(names[i].name)) != names[i].found)
            fail_msg("'%s' for %s", names[i].typed, names[i].name);
    }
}

static void a_name_goes_as_far_as_names_do(void **state)
{
    char name[3 * (NAME_POINTS + 2) + 1] = "", typed[NAME_POINTS + 3] = "";
    struct seek seek;

    (void)state;
    for (size_t i = 0; i < NAME_POINTS + 1; i++)
        strcat(name, i == NAME_POINTS ? "乙" : "甲");
    seek_make("甲甲", &seek);
    assert_true(seek_name(&seek, text(name)));
    seek_make("yi", &seek); /* 乙 stands past it */
    assert_false(seek_name(&seek, text(name)));
    memset(typed, 'j', NAME_POINTS);
    seek_make(typed, &seek);
    assert_true(seek_name(&seek, text(name)));
    strcat(typed, "j");
    seek_make(typed, &seek);
    assert_int_equal(seek.count, 0);
    assert_false(seek_name(&seek, text(name)));
    /* What is no text is nobody's name. */
    seek_make("\xe5\xbc", &seek);
    assert_false(seek_name(&seek, text("张")));
    seek_make("\xff\xff\xff", &seek);
    assert_false(seek_name(&seek, text("张")));
}

struct at {
    const char *building, *unit, *room, *typed;
    bool found;
};

static const struct at places[] = {
    {"3", "1", "502", "3-1-502", true},         {"3栋", "1单元", "502室", "3-1-502", true}, {"3", "1", "502", "3栋1单元502室", true},
    {"3", "1", "502", "502", true},             {"3", "1", "502", "1-502", true},           {"3", "1", "502", "3-502", true},
    {"3", "1", "502", "2-502", false},          {"3", "1", "502", "1-3-502", false},        {"3", "1", "502", "3-1", false},
    {"3", "1", "502", "4-3-1-502", false},      {"03", "1", "0502", "3-1-502", true},       {"3", "1", "502", "03-01-0502", true},
    {"", "", "3-1-502", "3-1-502", true},       {"民航小区3栋", "1", "502", "3-1-502", true}, {"A座", "", "1202", "a-1202", true},
    {"3", "1", "502", "３－１－５０２", true},  {"3", "1", "502", "502房", true},           {"3", "1", "502", "3-1-502号", true},
    {"3", "1", "502a", "3-1-502A", true},       {"3", "1", "502", "民航3-502", false},      {"3", "1", "502", "", false},
    {"3", "1", "", "3-1", true},                {"", "", "", "3-1", false},                 {"3", "1", "a", "a", false},
    {"3", "1", "502", "1-2-3-4-5-6-7-8-502", false},
};

static void a_place_is_found_by_its_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct at *p = &places[i];
        struct seek seek;
        struct place place = {.count = 0};
        seek_make(p->typed, &seek);
        place_add(&place, text(p->building));
        place_add(&place, text(p->unit));
        place_add(&place, text(p->room));
        if (seek_place(&seek, &place) != p->found)
            fail_msg("'%s' for %s %s %s", p->typed, p->building, p->unit, p->room);
        assert_true(!p->found || p->room[0] == '\0' || seek_room(&seek, text(p->room)));
        assert_false(p->room[0] == '\0' && seek_room(&seek, text(p->room)));
    }
    struct place long_one = {.count = 0};
    assert_true(place_add(&long_one, text("a123456789012345678 2 3 4 5 6 7 8 9")));
    assert_true(long_one.full);
    assert_int_equal(long_one.count, PLACE_PARTS);
    assert_string_equal(long_one.parts[0], "2");
    long_one = (struct place){.count = 0};
    place_add(&long_one, text("a123456789012345678"));
    assert_string_equal(long_one.parts[0], "a12345678901234"); /* cut, and cut alike wherever it stands */
}

struct number {
    const char *number, *typed;
    bool found;
};

static const struct number numbers[] = {
    {"19900000106", "0106", true},           {"19900000106", "00000106", true},       {"19900000106", "19900000106", true},
    {"19900000106", "106", false},           {"19900000106", "0107", false},          {"19900000106", "219900000106", false},
    {"199-0000-0106", "00000106", true},     {"19900000106", "199-0000-0106", true},  {"19900000106", "199 0000 0106", true},
    {"19900000106", "00-0106", false},       {"530111199001010X", "101x", false},     {"53011119900101001X", "001X", true},
    {"53011119900101001x", "1001x", true},   {"19900000106", "0106a", false},         {"19900000106", "x", false},
    {"106", "0106", false},                  {"106", "106", false},                   {"", "0106", false},
    {"1234567890123456789012345678", "345678", true}, {"1234567890123456789012345678", "01234567890123456789012345678", false},
};

static void a_number_is_found_by_its_tail(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct seek seek;
        char tail[TAIL_BYTES];
        seek_make(numbers[i].typed, &seek);
        if (seek_number(&seek, text(numbers[i].number)) != numbers[i].found)
            fail_msg("'%s' for %s", numbers[i].typed, numbers[i].number);
        if (numbers[i].found) {
            assert_true(number_tail(text(numbers[i].number), tail));
            assert_memory_equal(tail, seek.tail + seek.tail_size - TAIL_BYTES, TAIL_BYTES);
        }
    }
    char tail[TAIL_BYTES];
    assert_false(number_tail(text("106"), tail));
}

static void any_bytes_may_be_typed_and_may_be_a_name(void **state)
{
    static const char alphabet[] = "z0-9 \xe5\xbc\xa0\xf0\x80\xff·栋a";
    struct rng_seeded rng;

    (void)state;
    seed_start(&rng);
    for (unsigned i = 0; i < 20000; i++) {
        char typed[90], name[90];
        size_t typed_size = rng_below(&rng, sizeof(typed)), size = rng_below(&rng, sizeof(name));
        struct place place = {.count = 0};
        struct seek seek;
        for (size_t k = 0; k < sizeof(typed); k++) {
            typed[k] = alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
            name[k] = alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
        }
        typed[typed_size] = '\0';
        seek_make(typed, &seek);
        assert_true(seek.count <= NAME_POINTS && seek.tail_size <= NUMBER_BYTES && seek.place.count <= PLACE_PARTS);
        place_add(&place, span_of(name, size));
        bool room = seek_room(&seek, span_of(name, size));
        assert_true(room || !seek_place(&seek, &place));
        (void)seek_number(&seek, span_of(name, size));
        assert_true(seek.count == 0 || seek_name(&seek, text(typed))); /* what is a name finds itself */
        (void)seek_name(&seek, span_of(name, size));
    }
}

static void every_character_of_the_standard_has_a_sound(void **state)
{
    static const char *const common = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会";
    uint16_t sounds[SOUNDS_MAX];
    size_t heard = 0;

    (void)state;
    for (uint32_t point = 0; point < 0x30000; point++) {
        size_t count = sounds_of(point, sounds);
        assert_in_range(count, 0, SOUNDS_MAX);
        for (size_t i = 0; i < count; i++)
            assert_in_range(sounds[i], 1, sound_count - 1);
        heard += count > 0;
    }
    assert_int_equal(heard, 11617);
    assert_int_equal(sounds_of(0xffffffff, sounds), 0);
    for (const char *at = common; *at != '\0'; at += 3) {
        struct seek seek;
        char one[4] = {at[0], at[1], at[2], '\0'};
        seek_make(one, &seek);
        assert_true(sounds_of(seek.points[0], sounds) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_by_characters_sounds_and_first_letters),
        cmocka_unit_test(a_name_goes_as_far_as_names_do),
        cmocka_unit_test(a_place_is_found_by_its_parts),
        cmocka_unit_test(a_number_is_found_by_its_tail),
        cmocka_unit_test(any_bytes_may_be_typed_and_may_be_a_name),
        cmocka_unit_test(every_character_of_the_standard_has_a_sound),
    };

    return UNIT_RUN(tests);
}
