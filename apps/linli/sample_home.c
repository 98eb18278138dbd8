/* Command line, sample: buildings, homes and the people in them. */
#include <stdio.h>
#include <string.h>

#include "sample_town.h"

#define END {NULL, {0}}

enum { HOMES_A_UNIT = TOWN_FLOORS * TOWN_ROOMS };

/* ---- places ---- */

static void hazard_put(struct town *town, const linli_id *patch, const char *building)
{
    linli_id id;
    const struct put puts[] = {{"building", linli_text(building)}, {"place", linli_text("楼道")},
                               {"kind", linli_int(1 + sample_draw(&town->sample, 5))},
                               {"state", linli_int(1 + sample_draw(&town->sample, 5))}, END};
    town_put(town, patch, "hazard", puts, &id);
}

void street_building(struct town *town, const struct street_life *life, const struct sample_patch *about, linli_id *id)
{
    uint32_t units = (about->households + HOMES_A_UNIT - 1) / HOMES_A_UNIT;
    const struct put puts[] = {{"name", linli_text(life->name)}, {"style", linli_int(about->style)},
                               {"year", linli_int(1985 + sample_draw(&town->sample, 35))}, {"units", linli_int(units)},
                               {"floors", linli_int(TOWN_FLOORS)}, {"rooms_per_floor", linli_int(TOWN_ROOMS)},
                               {"dwellings", linli_int(about->households)}, {"lifts", linli_int(0)},
                               {"ramps", linli_int(sample_draw(&town->sample, 2))}, {"handrails", linli_int(sample_draw(&town->sample, 8))}, END};
    town_put(town, life->patch, "building", puts, id);
    for (uint32_t i = 0; i < units; i++) {
        linli_id unit;
        char number[16];
        snprintf(number, sizeof(number), "%u", i + 1);
        const struct put of[] = {{"building", linli_ref(id)}, {"name", linli_text(number)}, {"floors", linli_int(TOWN_FLOORS)},
                                 {"rooms_per_floor", linli_int(TOWN_ROOMS)}, END};
        town_put(town, life->patch, "unit", of, &unit);
    }
    if (life->sure || town_draw(town, 300))
        hazard_put(town, life->patch, life->name);
}

/* ---- people ---- */

static void cared_for_put(struct town *town, const linli_id *patch, const linli_id *resident)
{
    struct sample_person near;
    char day[DATES_TIME_BYTES];
    linli_id id;
    sample_person(&town->sample, &near);
    bool alone = town_draw(town, 600);
    const struct put care[] = {{"resident", linli_ref(resident)}, {"alone", linli_bool(alone)}, {"elder", linli_bool(true)},
                               {"mobility", linli_bool(town_draw(town, 400))}, {"needs", linli_text("雨天提醒，陪同就医")},
                               {"contact", linli_text(near.name)}, {"contact_relation", linli_text("子")}, {"contact_phone", linli_text(near.phone)},
                               {"review", town_day(180, day)}, END};
    town_put(town, patch, "care", care, &id);
    const struct put consent[] = {{"resident", linli_ref(resident)}, {"covers", linli_int(4)}, {"basis", linli_int(1)},
                                  {"given", town_day(-100, day)}, {"how", linli_int(1)}, {"notice", linli_text("告知书第一版")}, END};
    town_put(town, patch, "consent", consent, &id);
}

/* Who moved in from elsewhere: since when, as what, and in the round that is open. */
static void moved_in_put(struct town *town, const struct street_life *life, const linli_id *resident, const linli_id *household,
                     const linli_id *dwelling, const struct sample_person *person)
{
    char day[DATES_TIME_BYTES];
    linli_id id;
    town_set(town, "resident", resident, "arrived", linli_text("2024-03-01"));
    const struct put stay[] = {{"resident", linli_ref(resident)}, {"dwelling", linli_ref(dwelling)}, {"household", linli_ref(household)},
                               {"kind", linli_int(3)}, {"since", linli_text("2024-03-01")}, {"came_from", linli_text("外地样板县")}, END};
    town_put(town, life->patch, "residence", stay, &id);
    if (!town_draw(town, 100))
        return;
    const struct put registered[] = {{"round", linli_ref(&life->round)}, {"resident", linli_ref(resident)}, {"household", linli_ref(household)},
                                     {"name", linli_text(person->name)}, {"came_from", linli_text("外地样板县")},
                                     {"arrived", linli_text("2024-03-01")}, {"registered", linli_text("2024-03-04")}, {"ends", town_day(TOWN_ROUND_DAYS, day)}, END};
    town_put(town, life->patch, "registration", registered, &id);
}

static linli_id resident_put(struct town *town, const struct street_life *life, const linli_id *household, const linli_id *dwelling,
                             const struct sample_person *person, bool head)
{
    static const char *const relations[] = {"配偶", "子", "女", "父亲", "母亲", "其他亲属"};
    static const char *const disabilities[] = {"肢体残疾", "视力残疾", "听力残疾", "言语残疾", "智力残疾", "精神残疾"};
    static const char *const grades[] = {"一级", "二级", "三级", "四级"};
    linli_id id;
    bool newcomer = town_draw(town, 180);
    const struct put puts[] = {{"household", linli_ref(household)}, {"name", linli_text(person->name)},
                               {"relation", linli_text(head ? "户主" : town_pick(town, relations, 6))}, {"sex", linli_int(person->sex)},
                               {"id_number", linli_text(person->id_number)}, {"birth_date", linli_text(person->birth)},
                               {"phone", linli_text(person->phone)}, {"registered", linli_text("云南省昆明市样板区")},
                               {"residence", linli_text(newcomer ? "流动" : "常住")}, {"registration", linli_int(newcomer ? 2 : 1)}, END};
    town_put(town, life->patch, "resident", puts, &id);
    if (newcomer)
        moved_in_put(town, life, &id, household, dwelling, person);
    if (town_draw(town, 25)) {
        town_set(town, "resident", &id, "disability_type", linli_text(town_pick(town, disabilities, 6)));
        town_set(town, "resident", &id, "disability_grade", linli_text(town_pick(town, grades, 4)));
    }
    if (town_draw(town, 30))
        cared_for_put(town, life->patch, &id);
    return id;
}

/* The head of the first household was recorded once more in the second, by somebody who did not look; and that it is one person. */
static void twice_put(struct town *town, const struct street_life *life, const linli_id *household)
{
    linli_id other, id;
    const struct put again[] = {{"household", linli_ref(household)}, {"name", linli_text(life->first.name)}, {"relation", linli_text("其他亲属")},
                                {"birth_date", linli_text(life->first.birth)}, END};
    town_put(town, life->patch, "resident", again, &other);
    const struct put joined[] = {{"one", linli_ref(&life->first_id)}, {"other", linli_ref(&other)}, {"note", linli_text("两人各登记了一次")}, END};
    town_put(town, life->patch, "same_as", joined, &id);
}

/* ---- what is written of a household ---- */

static void visit_put(struct town *town, const linli_id *patch, const linli_id *household, const char *met)
{
    int64_t hours = sample_draw(&town->sample, 60 * 24), ago = hours * INT64_C(3600000);
    char day[DATES_TIME_BYTES];
    linli_id id, looked;
    const struct put puts[] = {{"household", linli_ref(household)}, {"time", linli_int(town_now_ms() - ago)},
                               {"purpose", linli_int(1 + sample_draw(&town->sample, 5))}, {"met", linli_text(met)},
                               {"note", linli_text("一切正常")}, {"next_due", town_day(30 - hours / 24, day)}, {"outcome", linli_int(1)}, END};
    town_put(town, patch, "visit", puts, &id);
    town_set(town, "household", household, "last_visited", linli_int(town_now_ms() - ago));
    if (!town_draw(town, 100))
        return;
    const struct put rail[] = {{"visit", linli_ref(&id)}, {"item", linli_int(1)}, {"result", linli_int(1)}, {"note", linli_text("离开时查看楼道扶手")}, END};
    town_put(town, patch, "inspection", rail, &looked);
}

static void request_put(struct town *town, const linli_id *patch, const linli_id *household, uint32_t title)
{
    static const char *const titles[] = {"楼道安装扶手", "门口铺设坡道", "就医不便", "照明损坏", "办理残疾证"};
    char day[DATES_TIME_BYTES], step[DATES_TIME_BYTES];
    linli_id id, fund;
    int64_t state = 1 + sample_draw(&town->sample, 5);
    const struct put puts[] = {{"title", linli_text(titles[title])}, {"household", linli_ref(household)}, {"kind", linli_int(title == 3 ? 2 : 1)},
                               {"state", linli_int(state)}, {"due", town_day(15, day)},
                               {"reported", linli_int(town_now_ms() - INT64_C(5) * 86400000)}, END};
    town_put(town, patch, "request", puts, &id);
    if (title > 1)
        return;
    const struct put money[] = {{"request", linli_ref(&id)}, {"purpose", linli_text(titles[title])}, {"amount", linli_int(180000)},
                                {"state", linli_int(2)}, {"step", linli_text("提交社区")}, {"step_by", linli_text("楼栋长")},
                                {"step_date", town_day(-4, step)}, END};
    town_put(town, patch, "fund", money, &fund);
}

void street_home(struct town *town, struct street_life *life, uint32_t number)
{
    struct sample_person person;
    char unit[16], floor[16], room[24], head[sizeof(person.name)];
    uint32_t storey = number % HOMES_A_UNIT / TOWN_ROOMS + 1;
    bool rented = town_draw(town, 220);
    linli_id dwelling, household;
    sample_person(&town->sample, &person);
    snprintf(head, sizeof(head), "%s", person.name);
    snprintf(unit, sizeof(unit), "%u", number / HOMES_A_UNIT + 1);
    snprintf(floor, sizeof(floor), "%u", storey);
    snprintf(room, sizeof(room), "%s%02u", floor, number % TOWN_ROOMS + 1);
    const struct put place[] = {{"building", linli_ref(&life->building)}, {"floor", linli_int(storey)}, {"room", linli_text(room)},
                                {"tenure", linli_int(rented ? 2 : 1)}, {"use", linli_int(1)}, END};
    town_put(town, life->patch, "dwelling", place, &dwelling);
    const struct put home[] = {{"building", linli_text(life->name)}, {"unit", linli_text(unit)}, {"floor", linli_text(floor)},
                               {"room", linli_text(room)}, {"head", linli_text(head)}, {"tenure", linli_int(rented ? 2 : 1)},
                               {"dwelling", linli_ref(&dwelling)}, END};
    town_put(town, life->patch, "household", home, &household);
    if (town_draw(town, 60))
        town_set(town, "household", &household, "tags", linli_text("独居老人"));
    if (town_draw(town, 20))
        town_set(town, "household", &household, "care", linli_text("雨天提醒"));
    for (uint32_t left = sample_residents(&town->sample), first = 1; left > 0; left--, first = 0) {
        if (first == 0)
            sample_person(&town->sample, &person);
        linli_id id = resident_put(town, life, &household, &dwelling, &person, first == 1);
        if (first == 1 && number == 0) {
            life->first = person;
            life->first_id = id;
        }
    }
    if (number == 1)
        twice_put(town, life, &household);
    if (town_draw(town, 700))
        visit_put(town, life->patch, &household, head);
    if (life->sure && number == 0)
        request_put(town, life->patch, &household, 0);
    if (town_draw(town, 30))
        request_put(town, life->patch, &household, sample_draw(&town->sample, 5));
    street_household(town, life, &household, head);
    town->households++;
    batch_step(&town->batch);
}
