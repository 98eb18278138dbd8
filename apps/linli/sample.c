/* Command line, sample: a small generator and what it draws. No real person: see sample.h. */
#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "idnumber.h"

void sample_begin(struct sample *sample, uint64_t seed)
{
    sample->state = seed;
    sample->persons = 0;
}

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do, and each draw costs three multiplications. */
static uint64_t next(struct sample *sample)
{
    uint64_t z = sample->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint32_t sample_draw(struct sample *sample, uint32_t below)
{
    return (uint32_t)((next(sample) >> 32) * below >> 32);
}

/* The ten heavenly stems are nobody's family here, and the given names say "sample", "example", "trial". */
static void draw_name(struct sample *sample, char *out, size_t size)
{
    static const char *const families[] = {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"};
    static const char *const middles[] = {"样", "例", "试", "仿", "拟", "演"};
    static const char *const lasts[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "万", "亿"};
    const char *family = families[sample_draw(sample, 10)], *middle = middles[sample_draw(sample, 6)];
    snprintf(out, size, "%s%s%s", family, middle, lasts[sample_draw(sample, 14)]);
}

/* 1884-01-01 to 1899-12-31 has 5,844 days; each has 499 numbers for a sex: 2.9 million people a sex without a repeat. */
static void draw_number(struct sample *sample, struct sample_person *out)
{
    enum { DAYS = 5844, SEQUENCES = 499 };
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint32_t day = (uint32_t)(sample->persons % DAYS);
    uint32_t sequence = (uint32_t)(sample->persons / DAYS % SEQUENCES) * 2 + (out->sex == 1 ? 1 : 2);
    int year = 1884, month = 1;
    for (;; year++) {
        uint32_t length = year % 4 == 0 ? 366 : 365;
        if (day < length)
            break;
        day -= length;
    }
    for (;; month++) {
        uint32_t length = (uint32_t)lengths[month - 1] + (month == 2 && year % 4 == 0 ? 1u : 0u);
        if (day < length)
            break;
        day -= length;
    }
    snprintf(out->birth, sizeof(out->birth), "%04u-%02u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u,
             (day + 1) % 100u);
    snprintf(out->id_number, sizeof(out->id_number), "530111%.4s%.2s%.2s%03u", out->birth, out->birth + 5, out->birth + 8,
             sequence % 1000u);
    out->id_number[17] = idnumber_check(out->id_number);
    out->id_number[18] = '\0';
}

void sample_person(struct sample *sample, struct sample_person *out)
{
    memset(out, 0, sizeof(*out));
    out->sex = 1 + (int)sample_draw(sample, 2);
    draw_name(sample, out->name, sizeof(out->name));
    draw_number(sample, out);
    snprintf(out->phone, sizeof(out->phone), "1990000%04u", sample_draw(sample, 10000));
    sample->persons++;
}

/* 15 % live alone, 40 % are two, 25 % three, 12 % four, 8 % five: 2.58. */
uint32_t sample_residents(struct sample *sample)
{
    uint32_t draw = sample_draw(sample, 100);
    return draw < 15 ? 1 : draw < 55 ? 2 : draw < 80 ? 3 : draw < 92 ? 4 : 5;
}

struct sample_patch sample_patch(struct sample *sample, bool captains_rule, uint32_t left)
{
    static const struct {
        uint32_t share, least, spread;
    } styles[] = {{0, 0, 0}, {50, 30, 21}, {14, 180, 41}, {16, 10, 11}, {20, 40, 11}};
    struct sample_patch patch = {.style = 1, .households = 60};
    if (captains_rule) {
        uint32_t draw = sample_draw(sample, 100);
        while (draw >= styles[patch.style].share)
            draw -= styles[patch.style++].share;
        patch.households = styles[patch.style].least + sample_draw(sample, styles[patch.style].spread);
    }
    if (patch.households > left)
        patch.households = left;
    return patch;
}
