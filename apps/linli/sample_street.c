/* Command line, sample: what goes on in a town: captains and their five duties, requests, and what households decide together. */
#include "sample_town.h"

#define END {NULL, {0}}
#define HOUR_MS INT64_C(3600000)

/* ---- of the community ---- */

static void commend(struct town *town, const linli_id *community)
{
    struct sample_person person;
    char day[DATES_TIME_BYTES];
    linli_id id;
    sample_person(&town->sample, &person);
    const struct put puts[] = {{"name", linli_text(person.name)}, {"level", linli_int(1)}, {"year", linli_int(2025)},
                               {"state", linli_int(3)}, {"reason", linli_text("雨天逐户提醒，促成楼道扶手安装")},
                               {"evidence", linli_text("走访记录三十六次")}, {"decision", linli_int(1)},
                               {"decided_on", town_day(-40, day)}, {"decided_by", linli_text("样板社区居委会")}, END};
    town_put(town, community, "commendation", puts, &id);
}

void street_open(struct town *town, const linli_id *community, struct street_life *life)
{
    char day[DATES_TIME_BYTES], other[DATES_TIME_BYTES];
    int64_t now = town_now_ms();
    life->community = community;
    const struct put notice[] = {{"title", linli_text("雨天出行提醒")}, {"body", linli_text("连日有雨，请照看老人和孩子，出门当心路滑。")},
                                 {"published", linli_int(now - 72 * HOUR_MS)}, {"topic", linli_int(3)}, {"audience", linli_int(1)},
                                 {"until", town_day(14, day)}, END};
    town_put(town, community, "announcement", notice, &life->announcement);
    const struct put cleanup[] = {{"title", linli_text("楼道清洁日")}, {"time", linli_int(now - 48 * HOUR_MS)}, {"place", linli_text("社区广场")},
                                  {"kind", linli_int(1)}, {"places", linli_int(40)}, {"hours", linli_int(36)},
                                  {"result", linli_text("清出杂物三车")}, END};
    town_put(town, community, "activity", cleanup, &life->activity);
    const struct put round[] = {{"title", linli_text("春节返乡登记")}, {"why", linli_text("掌握节日期间来住人数，安排值守")}, {"basis", linli_int(1)},
                                {"starts", town_day(-10, day)}, {"ends", town_day(TOWN_ROUND_DAYS, other)}, END};
    town_put(town, community, "round", round, &life->round);
    const struct put question[] = {{"question", linli_text("楼前空地如何使用")}, {"options", linli_text("停车位")}, {"options", linli_text("晾晒区")},
                                   {"opens", town_day(-7, day)}, {"closes", town_day(7, other)}, {"state", linli_int(2)}, END};
    town_put(town, community, "consultation", question, &life->consultation);
    commend(town, community);
    batch_step(&town->batch);
}

/* ---- of a patch ---- */

static void captain_put(struct town *town, const struct street_life *life)
{
    char day[DATES_TIME_BYTES], other[DATES_TIME_BYTES];
    linli_id election, appointment, id;
    struct sample_person person;
    const struct put vote[] = {{"patch", linli_ref(life->patch)}, {"date", town_day(-400, day)}, {"method", linli_int(3)},
                               {"entitled", linli_int(40)}, {"took_part", linli_int(34)}, {"candidate", linli_text(life->captain.name)},
                               {"votes", linli_int(30)}, {"result", linli_text("当选")}, END};
    town_put(town, life->patch, "election", vote, &election);
    const struct put holder[] = {{"name", linli_text(life->captain.name)}, {"role", linli_int(1)}, {"how", linli_int(1)},
                                  {"patch", linli_ref(life->patch)}, {"since", town_day(-390, day)}, {"term_ends", town_day(705, other)},
                                  {"election", linli_ref(&election)}, END};
    town_put(town, life->patch, "appointment", holder, &appointment);
    if (!town_draw(town, 300))
        return;
    sample_person(&town->sample, &person);
    const struct put deputy[] = {{"name", linli_text(person.name)}, {"role", linli_int(3)}, {"how", linli_int(2)},
                                 {"patch", linli_ref(life->patch)}, {"since", town_day(-200, day)}, {"deputy_of", linli_ref(&appointment)},
                                 {"phone", linli_text(person.phone)}, END};
    town_put(town, life->patch, "appointment", deputy, &id);
}

static void aid(struct town *town, const struct street_life *life, int64_t kind, const char *place, linli_id *id)
{
    char day[DATES_TIME_BYTES];
    const struct put puts[] = {{"building", linli_ref(&life->building)}, {"kind", linli_int(kind)}, {"place", linli_text(place)},
                               {"check_by", town_day(30, day)}, {"condition", linli_int(town_draw(town, 850) ? 1 : 2)}, END};
    town_put(town, life->patch, "asset", puts, id);
}

static void patrol_put(struct town *town, const struct street_life *life, const linli_id *handrail)
{
    linli_id patrol, id;
    int64_t ago = (1 + (int64_t)sample_draw(&town->sample, 20 * 24)) * HOUR_MS;
    const struct put round[] = {{"time", linli_int(town_now_ms() - ago)}, {"building", linli_ref(&life->building)},
                                {"route", linli_text("一层至顶层，再看院内")}, {"by", linli_text(life->captain.name)}, {"findings", linli_int(0)}, END};
    town_put(town, life->patch, "patrol", round, &patrol);
    const struct put rail[] = {{"patrol", linli_ref(&patrol)}, {"asset", linli_ref(handrail)}, {"item", linli_int(1)}, {"result", linli_int(1)}, END};
    town_put(town, life->patch, "inspection", rail, &id);
    const struct put stairs[] = {{"patrol", linli_ref(&patrol)}, {"item", linli_int(3)}, {"result", linli_int(1)}, END};
    town_put(town, life->patch, "inspection", stairs, &id);
}

static void civility_put(struct town *town, const struct street_life *life)
{
    static const char *const places[] = {"一单元三层楼道", "院门口", "自行车棚旁", "信箱上"};
    linli_id id;
    int64_t found = town_now_ms() - (100 + (int64_t)sample_draw(&town->sample, 400)) * HOUR_MS;
    const struct put puts[] = {{"building", linli_ref(&life->building)}, {"place", linli_text(town_pick(town, places, 4))},
                               {"kind", linli_int(1 + sample_draw(&town->sample, 3))}, {"found", linli_int(found)},
                               {"state", linli_int(3)}, {"cleared", linli_int(found + 50 * HOUR_MS)}, END};
    town_put(town, life->patch, "civility", puts, &id);
}

void street_patch(struct town *town, const struct street_life *life)
{
    linli_id handrail, id;
    captain_put(town, life);
    aid(town, life, 1, "一单元楼道", &handrail);
    aid(town, life, 3, "一层入口", &id);
    patrol_put(town, life, &handrail);
    if (life->sure || town_draw(town, 400))
        civility_put(town, life);
    batch_step(&town->batch);
}

/* ---- of a household ---- */

void street_household(struct town *town, const struct street_life *life, const linli_id *household, const char *head)
{
    linli_id id;
    int64_t now = town_now_ms();
    const struct linli_value by = linli_text(head);
    const struct put told[] = {{"announcement", linli_ref(&life->announcement)}, {"household", linli_ref(household)},
                               {"time", linli_int(now - 60 * HOUR_MS)}, {"how", linli_int(1 + sample_draw(&town->sample, 4))},
                               {"by", linli_text(life->captain.name)}, END};
    const struct put vote[] = {{"consultation", linli_ref(&life->consultation)}, {"household", linli_ref(household)},
                               {"option", linli_text(town_draw(town, 600) ? "停车位" : "晾晒区")}, {"time", linli_int(now - 30 * HOUR_MS)}, {"by", by}, END};
    const struct put signup[] = {{"activity", linli_ref(&life->activity)}, {"name", by}, {"role", linli_int(2)}, {"attended", linli_bool(true)},
                                 {"came", linli_int(now - 48 * HOUR_MS)}, {"minutes", linli_int(90)}, END};
    if (town_draw(town, 300))
        town_put(town, life->patch, "notice_receipt", told, &id);
    if (town_draw(town, 150))
        town_put(town, life->patch, "vote", vote, &id);
    if (town_draw(town, 50))
        town_put(town, life->patch, "signup", signup, &id);
}
