/* crash tests: kill -9 at random points of processes that write, import, serve and sync. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "crash.h"

#include <sys/mman.h>

enum { KILLS_PER_STAGE = 30, NUMBERS_PER_LIFE = 100000, LIFE_US = 45000, FOUNDING_US = 25000, OPENING_US = 6000, MANY_KILLS = 300 };

static const char *const doing_names[DOING_KINDS] = {"opening", "editing", "importing", "syncing"};

struct street {
    struct stage stage;
    char office[PATH_BYTES], captain[PATH_BYTES], founding[PATH_BYTES];
    struct ledger office_told, captain_told, receipted;
    uint64_t random;
    uint32_t lives;
    uint64_t kills, acked, checked, reopened, found_kept, found_none, met;
    volatile uint8_t *doing;         /* what the captain is at: its process writes it */
    uint64_t killed_at[DOING_KINDS]; /* captains */
};

static struct child_plan plan(struct street *s, const char *dir, const struct ledger *told)
{
    return (struct child_plan){.dir = dir, .scope = s->stage.patch, .ledger = told, .seed = random_next(&s->random),
                               .number = ++s->lives * NUMBERS_PER_LIFE % 4000000000u};
}

/* A captain begins its life with opening. */
static struct child captain_born(struct street *s, struct child_plan *plan)
{
    *s->doing = DOING_OPENING;
    plan->doing = s->doing;
    return captain_start(plan);
}

static void captain_dies(struct street *s, const struct child *captain)
{
    child_kill(captain);
    s->killed_at[*s->doing]++;
    s->kills++;
}

static void forget_told(struct street *s)
{
    s->acked += s->office_told.acked + s->captain_told.acked;
    ledger_clear(&s->office_told);
    ledger_clear(&s->captain_told);
    ledger_clear(&s->receipted);
}

/* New copies, so that looking everything over stays quick. */
static void street_renew(struct street *s)
{
    forget_told(s);
    store_copy(s->stage.office, s->office);
    store_copy(s->stage.captain, s->captain);
}

static void look_over(struct street *s, const char *dir, const struct ledger *told, const struct ledger *receipted)
{
    linli_store *store = store_must_open(dir);

    ledger_must_hold(told, store, dir);
    s->checked += told->acked;
    if (receipted != NULL) {
        ledger_must_hold(receipted, store, "receipted by the office");
        s->checked += receipted->acked;
    }
    store_must_verify(store, dir);
    s->reopened++;
    linli_store_close(store);
}

static void kill_one(struct street *s, uint64_t most_us)
{
    struct child_plan p = plan(s, s->captain, &s->captain_told);
    struct child captain = captain_born(s, &p);

    wait_us(random_below(&s->random, most_us));
    captain_dies(s, &captain);
    child_told(&captain, &s->captain_told, NULL, NULL);
}

/* Sometimes twice in a row about its opening: the third opening has to look at every page. */
static void kill_captain(struct street *s)
{
    bool hasty = random_below(&s->random, 3) == 0;

    kill_one(s, hasty ? OPENING_US : LIFE_US);
    if (hasty)
        kill_one(s, OPENING_US);
    look_over(s, s->captain, &s->captain_told, NULL);
}

/* Both, in the middle of their meetings: one dies first, the other a little later. */
static void kill_both(struct street *s)
{
    struct child_plan p = plan(s, s->office, &s->office_told), q;
    struct child office = office_start(&p);

    q = plan(s, s->captain, &s->captain_told);
    q.port = office_port(&office);
    struct child captain = captain_born(s, &q);
    bool office_first = random_below(&s->random, 2) == 0;
    wait_us(random_below(&s->random, LIFE_US));
    if (office_first)
        child_kill(&office);
    else
        captain_dies(s, &captain);
    wait_us(random_below(&s->random, LIFE_US / 2));
    if (office_first)
        captain_dies(s, &captain);
    else
        child_kill(&office);
    s->kills++;
    child_told(&captain, &s->captain_told, &s->receipted, NULL);
    child_told(&office, &s->office_told, NULL, NULL);
    look_over(s, s->captain, &s->captain_told, NULL);
    look_over(s, s->office, &s->office_told, &s->receipted);
}

/* A store that is being made is there when that was said, and else either there or easily made again. */
static void kill_founder(struct street *s)
{
    struct linli_options options = store_options(s->founding);
    linli_store *store = NULL;
    bool told = false;

    folder_remove(s->founding);
    struct child founder = founder_start(s->founding);
    wait_us(random_below(&s->random, FOUNDING_US));
    child_kill(&founder);
    child_told(&founder, &s->office_told, NULL, &told);
    s->kills++;
    bool there = linli_store_exists(s->founding);
    if (told && !there)
        broken("a store that was made is gone");
    int rv = there ? linli_store_open(&options, &store)
                   : linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store);
    if (rv != LINLI_OK)
        broken("a killed founding left a store that does not %s: %s", there ? "open" : "begin again", linli_code_name(rv));
    store_must_verify(store, "a killed founding");
    linli_store_close(store);
    *(there ? &s->found_kept : &s->found_none) += 1;
    s->reopened++;
}

/* After the faults: the two meet in peace and show the same. */
static void meet(struct street *s)
{
    linli_store *office = store_must_open(s->office), *captain = store_must_open(s->captain);
    struct linli_session_report report = {.settled = false};
    unsigned port = 0;
    struct server *server = server_start(office, &port);
    int rv = linli_sync(captain, "127.0.0.1", port, NULL, &report);

    if (rv != LINLI_OK || !report.settled)
        broken("after %llu kills the two do not settle: %s", (unsigned long long)s->kills, linli_code_name(rv));
    server_stop(server);
    ledger_must_hold(&s->captain_told, office, "the office after meeting");
    ledger_must_hold(&s->office_told, captain, "the captain after meeting");
    s->checked += s->captain_told.acked + s->office_told.acked;
    linli_store_close(captain);
    linli_store_close(office);
    s->met++;
}

static void print_counts(const struct street *s)
{
    for (int doing = 0; doing < DOING_KINDS; doing++)
        if (s->kills >= MANY_KILLS && s->killed_at[doing] == 0)
            broken("no captain was killed while %s", doing_names[doing]);
    printf("ok crash/kill %llu kills (captains while", (unsigned long long)s->kills);
    for (int doing = 0; doing < DOING_KINDS; doing++)
        printf(" %s %llu%s", doing_names[doing], (unsigned long long)s->killed_at[doing],
               doing + 1 < DOING_KINDS ? "," : "");
    printf("), %llu writes acknowledged, %llu looked for, none lost; %llu stores verified, %llu meetings settled, "
           "%llu foundings cut (%llu begun again)\n",
           (unsigned long long)s->acked, (unsigned long long)s->checked, (unsigned long long)s->reopened,
           (unsigned long long)s->met, (unsigned long long)(s->found_kept + s->found_none),
           (unsigned long long)s->found_none);
}

int part_kill(const struct settings *settings)
{
    struct street s = {.random = settings->seed};
    uint64_t renew_at = 0;

    s.doing = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s.doing == MAP_FAILED)
        broken("no memory to share");
    stage_make(&s.stage, settings->work);
    path_join(s.office, settings->work, "kill-office");
    path_join(s.captain, settings->work, "kill-captain");
    path_join(s.founding, settings->work, "kill-founding");
    while (s.kills < settings->kills) {
        if (s.kills >= renew_at) {
            if (s.kills > 0)
                meet(&s);
            street_renew(&s);
            renew_at = s.kills + KILLS_PER_STAGE;
        }
        uint64_t choice = random_below(&s.random, 10);
        if (choice < 1)
            kill_founder(&s);
        else if (choice < 4)
            kill_captain(&s);
        else
            kill_both(&s);
    }
    meet(&s);
    forget_told(&s);
    print_counts(&s);
    return 0;
}
