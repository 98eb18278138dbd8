/* api: a node that serves, a device that joins through an invitation, sessions, and threads that share a store. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "story.h"

struct serving {
    struct town town;
    linli_store *office;
    linli_node *node;
    pthread_t thread;
    linli_id lane, patch;
    char host[64];
    unsigned port;
};

static void *serve(void *ctx)
{
    struct serving *s = ctx;

    assert_ok(linli_node_run(s->node));
    return NULL;
}

static void serving_start(struct serving *s)
{
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = story_root(&s->town);
    s->lane = story_root_scope(s->office);
    s->patch = story_scope(s->office, &s->lane, "Block 1");
    assert_ok(linli_node_new(s->office, &options, &s->node));
    snprintf(s->host, sizeof(s->host), "%s", linli_node_address(s->node));
    char *colon = strrchr(s->host, ':');
    assert_non_null(colon);
    *colon = '\0';
    s->port = (unsigned)atoi(colon + 1);
    assert_true(s->port > 0);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void serving_stop(struct serving *s)
{
    if (s->node == NULL)
        return;
    linli_node_stop(s->node);
    pthread_join(s->thread, NULL);
    linli_node_free(s->node);
    s->node = NULL;
}

static void serving_end(struct serving *s)
{
    serving_stop(s);
    assert_verifies(s->office);
    linli_store_close(s->office);
    town_end(&s->town);
}

static void invitation_to(struct serving *s, const char *address, uint64_t expires_ms, char uri[LINLI_URI_BYTES])
{
    const char *const addresses[] = {address};
    struct linli_invite invite = {.scope = s->patch, .role = LINLI_CAPTAIN, .name = "Made-up Captain",
                                  .expires_ms = expires_ms, .addresses = addresses, .address_count = 1};

    assert_ok(linli_invite_create(s->office, &invite, uri));
}

static void invitation_here(struct serving *s, char uri[LINLI_URI_BYTES])
{
    invitation_to(s, linli_node_address(s->node), 0, uri);
}

static void invited_device_joins_reads_writes_and_syncs(void **state)
{
    struct serving s;
    char uri[LINLI_URI_BYTES], name[64];
    struct linli_session_report report;
    struct linli_status status, office;
    linli_store *captain = NULL, *other = NULL;
    (void)state;
    serving_start(&s);
    linli_id id = story_new(s.office, &s.patch, HOUSEHOLD, HH_HEAD, linli_text("made-up head"));
    struct house *house = town_house(&s.town), *second = town_house(&s.town);
    struct linli_options options = story_options(&s.town, house->dir);

    invitation_here(&s, uri);
    assert_ok(linli_join(&options, uri, "made-up phone", NULL, &report, &captain));
    assert_true(report.settled);
    assert_shows_text(captain, &id, HH_HEAD, "made-up head");
    assert_ok(linli_store_status(captain, &status));
    assert_int_equal(status.role, LINLI_CAPTAIN);
    assert_memory_equal(status.scope.b, s.patch.b, 16);

    linli_record *seen = story_get(captain, &id);
    assert_ok(story_set(captain, &id, linli_record_token(seen), HH_HEAD, linli_text("from the phone")));
    linli_record_free(seen);
    assert_ok(linli_sync(captain, s.host, s.port, NULL, &report));
    assert_true(report.settled);
    assert_int_equal(report.out.changesets, 1);
    assert_shows_text(s.office, &id, HH_HEAD, "from the phone");
    assert_ok(linli_device_name(s.office, status.replica.key, name, sizeof(name)));
    assert_string_equal(name, "Made-up Captain");
    assert_ok(linli_store_status(s.office, &office));
    assert_int_equal(office.conflicts, 0);

    /* One use: another device is refused, and nothing is left behind. */
    struct stat st;
    struct linli_options again = story_options(&s.town, second->dir);
    assert_code(linli_join(&again, uri, "another phone", NULL, &report, &other), LINLI_E_USED);
    assert_null(other);
    assert_int_not_equal(stat(second->dir, &st), 0);
    assert_code(linli_join(&options, uri, "made-up phone", NULL, &report, &other), LINLI_E_EXISTS);
    assert_verifies(captain);
    linli_store_close(captain);
    serving_end(&s);
}

static void join_says_what_is_wrong_with_an_invitation_and_leaves_nothing(void **state)
{
    struct serving s;
    char uri[LINLI_URI_BYTES];
    struct stat st;
    linli_store *store = NULL;
    (void)state;
    serving_start(&s);
    struct house *house = town_house(&s.town);
    struct linli_options options = story_options(&s.town, house->dir);

    assert_code(linli_join(&options, "linli:no-invitation", "phone", NULL, NULL, &store), LINLI_E_FORMAT);
    invitation_to(&s, linli_node_address(s.node), s.town.now_ms + 1000, uri);
    s.town.now_ms += 2000;
    assert_code(linli_join(&options, uri, "phone", NULL, NULL, &store), LINLI_E_EXPIRED);
    invitation_here(&s, uri);
    serving_stop(&s);
    options.key = NULL;
    options.passphrase = "made-up words";
    assert_code(linli_join(&options, uri, "phone", NULL, NULL, &store), LINLI_E_CONNECT);
    assert_null(store);
    assert_int_not_equal(stat(house->dir, &st), 0);
    serving_end(&s);
}

/* A way to the node that lets one connection through and then is gone. */
struct doorway {
    int listener, port;
    unsigned to_port;
    pthread_t thread;
};

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

/* Pass on what there is; false at the end. */
static bool pass_on(int from, int to)
{
    char bytes[4096];
    ssize_t size = read(from, bytes, sizeof(bytes));

    return size > 0 && write(to, bytes, (size_t)size) == size;
}

static void *doorway_open(void *ctx)
{
    struct doorway *d = ctx;
    struct sockaddr_in to = loopback(d->to_port);
    int in = accept(d->listener, NULL, NULL), out = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd ends[2] = {{.fd = in, .events = POLLIN}, {.fd = out, .events = POLLIN}};
    bool open = true;

    close(d->listener);
    assert_int_equal(connect(out, (struct sockaddr *)&to, sizeof(to)), 0);
    while (open && poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0)
            open = pass_on(in, out);
        if (open && ends[1].revents != 0)
            open = pass_on(out, in);
    }
    close(in);
    close(out);
    return NULL;
}

static void doorway_start(struct doorway *d, unsigned to_port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t size = sizeof(at);

    d->to_port = to_port;
    d->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(d->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(d->listener, 4), 0);
    assert_int_equal(getsockname(d->listener, (struct sockaddr *)&at, &size), 0);
    d->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&d->thread, NULL, doorway_open, d), 0);
}

static void device_whose_first_sync_fails_keeps_its_store(void **state)
{
    struct serving s;
    char uri[LINLI_URI_BYTES];
    struct linli_session_report report;
    struct linli_status status;
    linli_store *captain = NULL;
    (void)state;
    serving_start(&s);
    linli_id id = story_new(s.office, &s.patch, HOUSEHOLD, HH_HEAD, linli_text("made-up head"));
    struct house *house = town_house(&s.town);
    struct linli_options options = story_options(&s.town, house->dir);

    struct doorway doorway;
    char address[32];
    doorway_start(&doorway, s.port);
    snprintf(address, sizeof(address), "127.0.0.1:%d", doorway.port);
    invitation_to(&s, address, 0, uri);
    assert_ok(linli_join(&options, uri, "made-up phone", NULL, &report, &captain));
    assert_false(report.settled);
    assert_non_null(strstr(linli_store_error(captain), "enrolled"));
    pthread_join(doorway.thread, NULL);
    serving_stop(&s);
    linli_store_close(captain);
    assert_ok(linli_store_open(&options, &captain));
    assert_ok(linli_store_status(captain, &status));
    assert_int_equal(status.role, LINLI_CAPTAIN);
    story_meet(s.office, captain);
    assert_shows_text(captain, &id, HH_HEAD, "made-up head");
    assert_code(linli_sync(captain, s.host, 0, NULL, &report), LINLI_E_ARG);
    assert_code(linli_sync(captain, s.host, s.port, NULL, &report), LINLI_E_CONNECT);
    linli_store_close(captain);
    serving_end(&s);
}

static void store_that_a_node_works_on_cannot_be_suspended(void **state)
{
    struct serving s;
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    linli_node *node = NULL;
    (void)state;
    serving_start(&s);
    assert_code(linli_store_suspend(s.office), LINLI_E_BUSY);
    options.size--;
    assert_code(linli_node_new(s.office, &options, &node), LINLI_E_ARG);
    options.size++;
    options.listen = "no address";
    assert_int_not_equal(linli_node_new(s.office, &options, &node), LINLI_OK);
    assert_null(node);
    serving_stop(&s);
    assert_ok(linli_store_suspend(s.office));
    assert_code(linli_node_new(s.office, &options, &node), LINLI_E_CLOSED);
    assert_ok(linli_store_resume(s.office));
    serving_end(&s);
}

/* ---- threads ---- */

enum { THREADS = 4, COMMITS = 25 };

struct crew {
    linli_store *store;
    linli_id scope;
    atomic_uint records, ended;
    atomic_bool removed;
    atomic_uint_fast64_t last_seq;
};

static void crew_hear(void *ctx, const struct linli_event *event)
{
    struct crew *crew = ctx;

    assert_false(atomic_load(&crew->removed)); /* not after unobserve has returned */
    if (event->kind == LINLI_EVENT_RECORD) {
        atomic_fetch_add(&crew->records, 1);
    } else if (event->kind == LINLI_EVENT_SCOPE_HEADS) {
        assert_true(event->seq > atomic_load(&crew->last_seq)); /* in the order of the commits */
        atomic_store(&crew->last_seq, event->seq);
    }
}

static void *crew_work(void *ctx)
{
    struct crew *crew = ctx;
    struct linli_query query = {.type = HOUSEHOLD, .limit = 1};
    linli_id id;

    for (unsigned i = 0; i < COMMITS; i++) {
        id = story_new(crew->store, &crew->scope, HOUSEHOLD, HH_HEAD, linli_text("a"));
        assert_shows_text(crew->store, &id, HH_HEAD, "a");
        assert_ok(linli_query_first(crew->store, &query, &id));
        assert_string_equal(linli_store_error(crew->store), "");
        assert_code(linli_id_find(crew->store, "zz", &id), LINLI_E_NOT_FOUND);
        assert_string_not_equal(linli_store_error(crew->store), ""); /* each thread has its own */
    }
    atomic_fetch_add(&crew->ended, 1);
    return NULL;
}

static void threads_take_turns_and_observers_hear_all_in_order(void **state)
{
    struct town town;
    struct crew crew = {.store = NULL};
    pthread_t threads[THREADS];
    struct linli_status status;
    (void)state;
    town_start(&town);
    crew.store = story_root(&town);
    crew.scope = story_root_scope(crew.store);
    assert_ok(linli_observe(crew.store, crew_hear, &crew));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crew_work, &crew), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    linli_unobserve(crew.store, crew_hear, &crew);
    atomic_store(&crew.removed, true);
    assert_int_equal(atomic_load(&crew.records), THREADS * COMMITS);
    story_new(crew.store, &crew.scope, HOUSEHOLD, HH_HEAD, linli_text("unheard"));
    assert_ok(linli_store_status(crew.store, &status));
    assert_int_equal(status.records, THREADS * COMMITS + 3 + 1); /* with those of the root scope, its keys and the first grant */
    assert_verifies(crew.store);
    linli_store_close(crew.store);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invited_device_joins_reads_writes_and_syncs),
        cmocka_unit_test(join_says_what_is_wrong_with_an_invitation_and_leaves_nothing),
        cmocka_unit_test(device_whose_first_sync_fails_keeps_its_store),
        cmocka_unit_test(store_that_a_node_works_on_cannot_be_suspended),
        cmocka_unit_test(threads_take_turns_and_observers_hear_all_in_order),
    };

    return UNIT_RUN(tests);
}
