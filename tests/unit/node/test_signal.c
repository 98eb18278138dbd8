/* node: a peer that goes away in the middle of a write does not end the application. */
#include "street.h"

#include <signal.h>

static volatile sig_atomic_t heard;

static void hear_signal(int number)
{
    (void)number;
    heard++;
}

/* As the system does on a write to a connection that is gone: to this thread. */
static void raise_pipe(void *ctx, const struct linli_event *event)
{
    (void)event;
    pthread_kill(pthread_self(), SIGPIPE);
    ++*(unsigned *)ctx;
}

static void a_broken_pipe_in_a_meeting_is_not_heard_by_the_application(void **state)
{
    (void)state;
    struct town town;
    struct door node, phone;
    struct linli_node_options options = {.size = 0};
    struct linli_session_report report;
    struct sigaction action = {.sa_handler = hear_signal}, before;
    unsigned raised = 0;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id community = replica_identity(r)->root_scope;
    struct replica *s = town_join(&town, r, &community, LINLI_CAPTAIN);
    door_open(&node, r);
    door_open(&phone, s);
    door_listen(&node, &options);
    door_building(&town, &node, &community, "made-up");
    replica_listen(s, raise_pipe, &raised); /* told in the loop, when what came is stored */

    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
    assert_ok(door_meet(&phone, node.port, &report));
    assert_true(raised > 0);
    assert_int_equal(heard, 0);
    assert_int_equal(pthread_kill(pthread_self(), SIGPIPE), 0); /* outside, it is the application's as before */
    assert_int_equal(heard, 1);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
    door_close(&phone);
    door_close(&node);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_pipe_in_a_meeting_is_not_heard_by_the_application),
    };

    return UNIT_RUN(tests);
}
