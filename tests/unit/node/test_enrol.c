/*
 * node: enrolment with somebody at the other end who is no honest node, or no honest device, or who dies. The one side is the
 * code as it is; the other speaks the channel and says what the test gives it.
 */
#include "street.h"

#include "node/internal.h"

enum { SAID_MAX = 3 };

/* --- one end of a line, by hand --- */

struct line {
    int fd;
    struct channel channel;
    struct buf out, came;
};

static void line_say(struct line *l, span message)
{
    size_t sent = 0;

    while (l->channel.state == CHANNEL_OPEN && sent < message.size)
        assert_ok(channel_send(&l->channel, STREAM_CONTROL, message, &sent, &l->out));
    (void)!send(l->fd, l->out.at, l->out.size, MSG_NOSIGNAL);
    buf_clear(&l->out);
}

/* Read until the channel is open, or a message has come, in `came`. False: the other side has closed, or is silent for long. */
static bool line_hear(struct line *l, bool message_wanted)
{
    struct pollfd ready = {.fd = l->fd, .events = POLLIN};
    uint8_t bytes[16384];

    buf_clear(&l->came);
    while (l->came.size == 0 && (message_wanted || l->channel.state != CHANNEL_OPEN)) {
        ssize_t size = poll(&ready, 1, 5000) == 1 ? recv(l->fd, bytes, sizeof(bytes), 0) : 0;
        span left = span_of(bytes, size > 0 ? (size_t)size : 0);
        if (size <= 0)
            return false;
        for (bool more = true; more;) {
            enum frame_stream stream;
            span message;
            size_t used;
            if (channel_take(&l->channel, left, &used, &l->out, &stream, &message) != LINLI_OK)
                return false;
            left = span_of(left.at + used, left.size - used);
            more = used > 0 || message.at != NULL;
            if (message.at == NULL)
                continue;
            buf_clear(&l->came); /* of several the last */
            assert_ok(buf_append(&l->came, message.at, message.size));
        }
        (void)!send(l->fd, l->out.at, l->out.size, MSG_NOSIGNAL);
        buf_clear(&l->out);
    }
    return true;
}

static void line_end(struct line *l)
{
    close(l->fd);
    channel_free(&l->channel);
    buf_free(&l->out);
    buf_free(&l->came);
}

/* --- the one that answers --- */

struct office {
    struct town town, other;
    struct replica *root, *stranger;
    linli_id patch;
    struct invitation invitation;
    int listener;
    pthread_t thread;
    const struct script *script;
    unsigned calls; /* that came */
    /* What an honest node would answer to the request that came, taken apart. */
    struct buf answer, message;
    struct enrolled enrolled;
    struct line line;
};

/* What is said to the device that asked, message by message, and what it must make of that. NULL ends the line. */
struct script {
    void (*say[SAID_MAX])(struct office *o);
    int code;
    bool again;     /* the device calls twice */
    bool late;      /* by its clock the invitation is over */
    bool reseal;    /* the grant is for another sealing key */
};

static void say_body(struct office *o, enum message_kind kind, const struct buf *body)
{
    buf_clear(&o->message);
    assert_ok(message_wrap(&o->message, kind, buf_span(body)));
    line_say(&o->line, buf_span(&o->message));
}

static void say_enrolled(struct office *o)
{
    struct buf body = {0};

    write_map(&body, 3);
    write_uint(&body, 1);
    write_bin(&body, o->enrolled.root_file.at, o->enrolled.root_file.size);
    write_uint(&body, 2);
    write_bin(&body, o->enrolled.network_key, KEY_BYTES);
    write_uint(&body, 3);
    write_array(&body, o->enrolled.certificate_count);
    for (size_t i = 0; i < o->enrolled.certificate_count; i++)
        write_bin(&body, o->enrolled.certificates[i].at, o->enrolled.certificates[i].size);
    assert_ok(body.failed);
    say_body(o, MESSAGE_ENROLLED, &body);
    buf_free(&body);
}

static void no_chain(struct office *o)
{
    o->enrolled.certificate_count = 0;
    say_enrolled(o);
}

static void the_issuers_grant_alone(struct office *o)
{
    o->enrolled.certificate_count = 1;
    say_enrolled(o);
}

static void no_issuer(struct office *o)
{
    o->enrolled.certificates[0] = o->enrolled.certificates[--o->enrolled.certificate_count];
    say_enrolled(o);
}

static void bad_signature(struct office *o)
{
    span *last = &o->enrolled.certificates[o->enrolled.certificate_count - 1];

    ((uint8_t *)(uintptr_t)last->at)[last->size - 1] ^= 1; /* in o->answer */
    say_enrolled(o);
}

static void no_certificate(struct office *o)
{
    o->enrolled.certificates[o->enrolled.certificate_count - 1].size = 1;
    say_enrolled(o);
}

static void another_network(struct office *o)
{
    o->enrolled.root_file = replica_identity(o->stranger)->root_file;
    say_enrolled(o);
}

static void no_root(struct office *o)
{
    o->enrolled.root_file.size = 3;
    say_enrolled(o);
}

static void no_answer(struct office *o)
{
    struct buf body = {0};

    write_map(&body, 0);
    say_body(o, MESSAGE_ENROLLED, &body);
    buf_free(&body);
}

static void denied(struct office *o, enum denied_reason reason)
{
    buf_clear(&o->message);
    assert_ok(denied_encode(&o->message, reason));
    line_say(&o->line, buf_span(&o->message));
}

static void denied_used(struct office *o)
{
    denied(o, DENIED_USED);
}

static void denied_expired(struct office *o)
{
    denied(o, DENIED_EXPIRED);
}

static void denied_unknown(struct office *o)
{
    denied(o, DENIED_UNKNOWN);
}

static void denied_without_reason(struct office *o)
{
    struct buf body = {0};

    write_map(&body, 0);
    say_body(o, MESSAGE_DENIED, &body);
    buf_free(&body);
}

static void goodbye(struct office *o)
{
    buf_clear(&o->message);
    assert_ok(bye_encode(&o->message, BYE_STOPPING));
    line_say(&o->line, buf_span(&o->message));
}

static void no_message(struct office *o)
{
    line_say(&o->line, span_of("\xc1", 1));
}

/* Kinds of a version to come are passed over. */
static void unheard_of(struct office *o)
{
    struct buf body = {0};

    write_map(&body, 0);
    say_body(o, MESSAGE_KINDS, &body);
    buf_clear(&body);
    write_map(&body, 0);
    say_body(o, (enum message_kind)0, &body);
    buf_free(&body);
}

static void out_of_place(struct office *o)
{
    buf_clear(&o->message);
    assert_ok(who_encode(&o->message));
    line_say(&o->line, buf_span(&o->message));
}

static void pending(struct office *o, bool waits, uint8_t change)
{
    struct pending_message said = {.waits = waits};

    memcpy(said.reveal, o->line.channel.reveal, sizeof(said.reveal));
    said.reveal[0] ^= change;
    buf_clear(&o->message);
    assert_ok(pending_encode(&o->message, &said));
    line_say(&o->line, buf_span(&o->message));
}

static void digits(struct office *o)
{
    pending(o, false, 0);
}

static void digits_that_wait(struct office *o)
{
    pending(o, true, 0);
}

static void digits_not_committed_to(struct office *o)
{
    pending(o, false, 1);
}

static void digits_without_reveal(struct office *o)
{
    struct buf body = {0};

    write_map(&body, 0);
    say_body(o, MESSAGE_PENDING, &body);
    buf_free(&body);
}

/* After a first call that was told to wait and then lost: the second is answered. */
static void lost_once(struct office *o)
{
    if (o->calls == 1)
        digits_that_wait(o);
    else
        say_enrolled(o);
}

static const struct script scripts[] = {
    {.say = {digits, say_enrolled}, .code = LINLI_OK},
    {.say = {unheard_of, say_enrolled}, .code = LINLI_OK},
    {.say = {say_enrolled}, .code = LINLI_E_REFUSED, .reseal = true},
    {.say = {no_chain}, .code = LINLI_E_REFUSED},
    {.say = {the_issuers_grant_alone}, .code = LINLI_E_REFUSED},
    {.say = {no_issuer}, .code = LINLI_E_REFUSED},
    {.say = {bad_signature}, .code = LINLI_E_SIGNATURE},
    {.say = {no_certificate}, .code = LINLI_E_LIMIT}, /* cut short: it says that more follows than may */
    {.say = {another_network}, .code = LINLI_E_NETWORK},
    {.say = {no_root}, .code = LINLI_E_LIMIT},
    {.say = {no_answer}, .code = LINLI_E_FORMAT},
    {.say = {denied_used}, .code = LINLI_E_USED},
    {.say = {denied_expired}, .code = LINLI_E_EXPIRED},
    {.say = {denied_unknown}, .code = LINLI_E_REFUSED},
    {.say = {denied_without_reason}, .code = LINLI_E_FORMAT},
    {.say = {goodbye}, .code = LINLI_E_CLOSED},
    {.say = {NULL}, .code = LINLI_E_CLOSED},
    {.say = {no_message}, .code = LINLI_E_FORMAT},
    {.say = {out_of_place}, .code = LINLI_E_PROTOCOL},
    {.say = {digits_not_committed_to}, .code = LINLI_E_PROTOCOL},
    {.say = {digits_without_reveal}, .code = LINLI_E_FORMAT},
    {.say = {digits_that_wait, denied_unknown}, .code = LINLI_E_REFUSED},
    {.say = {lost_once}, .code = LINLI_OK, .again = true},
    {.say = {lost_once}, .code = LINLI_E_CLOSED, .late = true}, /* it does not call again */
};

static bool office_key(void *ctx, enum channel_intent intent, const uint8_t hint[HINT_BYTES], uint8_t psk[NOISE_PSK_BYTES],
                       uint8_t network[32])
{
    struct office *o = ctx;

    (void)hint;
    memcpy(psk, o->invitation.secret, NOISE_PSK_BYTES);
    memcpy(network, o->invitation.network.b, 32);
    return intent == INTENT_ENROL;
}

static void seal_key_change(span request)
{
    struct reader r;

    reader_start(&r, request);
    for (size_t left = reader_map(&r, 8); left > 0; left--) {
        uint64_t field = reader_uint(&r, 8);
        span item = reader_item(&r);
        if (field == 2)
            ((uint8_t *)(uintptr_t)item.at)[item.size - 1] ^= 1;
    }
}

/* What came is put before the real replica, so that all but what the script changes is as it should be. */
static void office_hear(struct office *o)
{
    struct enrol_ask ask = {.secret = o->invitation.secret};
    struct linli_enrol_request said;
    uint64_t kind;

    assert_ok(message_open(buf_span(&o->line.came), &kind, &ask.request));
    assert_int_equal(kind, MESSAGE_ENROL);
    if (o->script->reseal)
        seal_key_change(ask.request);
    buf_clear(&o->answer);
    assert_ok(replica_enrol(o->root, &ask, &o->answer, &said));
    assert_ok(enrolled_decode(buf_span(&o->answer), &o->enrolled));
    assert_int_equal(o->enrolled.certificate_count, 2);
}

static void *office_serve(void *ctx)
{
    struct office *o = ctx;
    const struct identity *self = replica_identity(o->root);

    for (o->calls = 1; o->calls <= 1u + o->script->again; o->calls++) {
        struct channel_config config = {.keyring = {office_key, o}, .rng = rng_system()};
        memcpy(config.sign_secret, self->sign_secret, sizeof(config.sign_secret));
        memcpy(config.self.sign_public, self->sign_public, KEY_BYTES);
        o->line = (struct line){.fd = accept(o->listener, NULL, NULL)};
        assert_ok(channel_start(&o->line.channel, &config, &o->line.out));
        if (line_hear(&o->line, true)) {
            office_hear(o);
            for (size_t i = 0; i < SAID_MAX && o->script->say[i] != NULL; i++)
                o->script->say[i](o);
        }
        shutdown(o->line.fd, SHUT_WR);
        while (line_hear(&o->line, true))
            continue;
        line_end(&o->line);
    }
    return NULL;
}

static void office_start(struct office *o)
{
    struct sockaddr_in at = {.sin_family = AF_INET};

    memset(o, 0, sizeof(*o));
    town_start(&o->town);
    o->root = town_root(&o->town);
    linli_id root = replica_identity(o->root)->root_scope;
    o->patch = scope_add(o->root, &root, "Made-up Patch");
    town_start(&o->other);
    (void)rng_next(&o->other.seed); /* another device, with another key */
    o->stranger = town_root(&o->other);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    o->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(o->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(o->listener, 4), 0);
}

static void office_end(struct office *o)
{
    close(o->listener);
    buf_free(&o->answer);
    buf_free(&o->message);
    town_end(&o->town);
    town_end(&o->other);
}

static unsigned port_of(int listener)
{
    struct sockaddr_in at;
    socklen_t size = sizeof(at);

    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    return ntohs(at.sin_port);
}

static uint64_t office_now(void *ctx)
{
    return ((struct office *)ctx)->town.now_ms;
}

static uint64_t after_the_invitation(void *ctx)
{
    return ((struct office *)ctx)->invitation.expires_ms;
}

static void a_device_takes_nothing_but_an_answer_that_is_good(void **state)
{
    struct office o;
    struct enrolment enrolment;
    char address[64];

    (void)state;
    office_start(&o);
    struct rng rng = rng_from(&o.town.seed);
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 5000};
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        const struct script *script = &scripts[i];
        struct clock clock = {script->late ? after_the_invitation : office_now, &o};
        struct arena arena = {0};
        invite(o.root, &o.patch, LINLI_CAPTAIN, &o.invitation);
        o.invitation.address_count = 3;
        snprintf(o.invitation.addresses[0], sizeof(o.invitation.addresses[0]), "nowhere"); /* is passed over */
        snprintf(o.invitation.addresses[1], sizeof(o.invitation.addresses[1]), "127.0.0.1:0"); /* and so is this */
        snprintf(o.invitation.addresses[2], sizeof(o.invitation.addresses[2]), "127.0.0.1:%u", port_of(o.listener));
        o.script = script;
        assert_int_equal(pthread_create(&o.thread, NULL, office_serve, &o), 0);
        int rv = node_enrol(&o.invitation, "made-up phone", &rng, clock, &options, &arena, &enrolment, address);
        pthread_join(o.thread, NULL);
        if (strcmp(linli_code_name(rv), linli_code_name(script->code)) != 0)
            print_error("script %zu\n", i);
        assert_code(rv, script->code);
        if (rv == LINLI_OK)
            assert_int_equal(enrolment.certificate_count, 2);
        else /* nothing is left of the keys */
            assert_true(enrolment.certificate_count == 0 && enrolment.incarnation == 0 && enrolment.sign_secret[0] == 0);
        arena_free(&arena);
    }
    office_end(&o);
}

static void a_name_that_is_none_is_not_asked_with(void **state)
{
    struct town town;
    struct invitation invitation = {.address_count = 0};
    struct enrolment enrolment;
    struct arena arena = {0};
    char address[64], name[258];

    (void)state;
    town_start(&town);
    struct rng rng = rng_from(&town.seed);
    struct clock clock = {town_now, &town};
    struct linli_sync_options options = {.size = sizeof(options)};
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_code(node_enrol(&invitation, name, &rng, clock, &options, &arena, &enrolment, address), LINLI_E_ARG);
    assert_code(node_enrol(&invitation, "\xff", &rng, clock, &options, &arena, &enrolment, address), LINLI_E_ARG);
    assert_code(node_enrol(&invitation, name + 1, &rng, clock, &options, &arena, &enrolment, address), LINLI_E_CONNECT);
}

/* --- the one that asks --- */

struct device {
    struct line line;
    struct device_keys keys;
    struct buf message;
};

static void ask_body(struct device *d, const struct device_keys *keys, struct buf *body)
{
    uint8_t incarnation[8];

    be64_put(incarnation, d->keys.incarnation);
    write_map(body, 3);
    write_uint(body, 1);
    write_bin(body, keys->sign_public, 32);
    write_uint(body, 2);
    write_bin(body, keys->seal_public, 32);
    write_uint(body, 3);
    write_bin(body, incarnation, 8);
}

static void device_say(struct device *d, enum message_kind kind, span body)
{
    buf_clear(&d->message);
    assert_ok(message_wrap(&d->message, kind, body));
    line_say(&d->line, buf_span(&d->message));
}

static void asks(struct device *d)
{
    struct buf body = {0};

    ask_body(d, &d->keys, &body);
    device_say(d, MESSAGE_ENROL, buf_span(&body));
    buf_free(&body);
}

static void asks_for_another(struct device *d)
{
    struct device_keys other = d->keys;
    struct buf body = {0};

    other.sign_public[0] ^= 1;
    ask_body(d, &other, &body);
    device_say(d, MESSAGE_ENROL, buf_span(&body));
    buf_free(&body);
}

static void asks_for_nobody(struct device *d)
{
    device_say(d, MESSAGE_ENROL, span_of("\x80", 1));
}

static void says_no_message(struct device *d)
{
    line_say(&d->line, span_of("\xc1", 1));
}

static void says_what_is_unheard_of(struct device *d)
{
    device_say(d, MESSAGE_KINDS, span_of("\x80", 1));
    device_say(d, (enum message_kind)0, span_of("\x80", 1));
    asks(d);
}

static void says_what_is_out_of_place(struct device *d)
{
    device_say(d, MESSAGE_HELLO, span_of("\x80", 1));
}

static void says_goodbye(struct device *d)
{
    buf_clear(&d->message);
    assert_ok(bye_encode(&d->message, BYE_STOPPING));
    line_say(&d->line, buf_span(&d->message));
}

/* What a device says, one after the other, each after an answer; and the kind of the last answer, 0: none. */
static const struct {
    void (*say[2])(struct device *d);
    bool confirm;
    uint64_t last;
} devices[] = {
    {{asks}, false, MESSAGE_BYE},
    {{says_what_is_unheard_of}, false, MESSAGE_BYE},
    {{asks_for_another}, false, 0},
    {{asks_for_nobody}, false, 0},
    {{says_no_message}, false, 0},
    {{says_what_is_out_of_place}, false, 0},
    {{says_goodbye}, false, 0},
    {{asks, asks}, true, MESSAGE_PENDING},          /* once is enough: it waits */
    {{asks, says_goodbye}, true, MESSAGE_PENDING},  /* it waits no longer */
    {{asks, says_no_message}, true, MESSAGE_PENDING},
};

static void device_meet(struct device *d, struct town *town, const struct invitation *invitation, unsigned port)
{
    struct channel_config config = {.initiator = true, .intent = INTENT_ENROL, .network = invitation->network.b,
                                    .psk = invitation->secret, .rng = rng_system()};

    memset(d, 0, sizeof(*d));
    device_make(town, &d->keys);
    memcpy(config.sign_secret, d->keys.sign_secret, sizeof(config.sign_secret));
    memcpy(config.self.sign_public, d->keys.sign_public, KEY_BYTES);
    config.self.incarnation = d->keys.incarnation;
    d->line.fd = plug(port);
    assert_ok(channel_start(&d->line.channel, &config, &d->line.out));
    (void)!send(d->line.fd, d->line.out.at, d->line.out.size, MSG_NOSIGNAL);
    buf_clear(&d->line.out);
    assert_true(line_hear(&d->line, false));
}

static uint64_t last_heard(struct device *d)
{
    uint64_t kind = 0;
    span body;

    while (line_hear(&d->line, true))
        assert_ok(message_open(buf_span(&d->line.came), &kind, &body));
    return kind;
}

static size_t waiting_in(struct door *door)
{
    pthread_mutex_lock(&door->lock);
    size_t count = door->host.replica->pending_count;
    pthread_mutex_unlock(&door->lock);
    return count;
}

static void a_node_answers_nothing_but_a_request_that_is_in_its_place(void **state)
{
    struct town town;
    struct linli_node_options options = {.size = 0};
    struct door node;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope, patch = scope_add(r, &root, "Made-up Patch");
    door_open(&node, r);
    door_listen(&node, &options);
    for (size_t i = 0; i < COUNT_OF(devices); i++) {
        struct invitation invitation;
        struct device d;
        door_enter(&node);
        invite_as(r, &patch, LINLI_CAPTAIN, devices[i].confirm, &invitation);
        door_leave(&node);
        device_meet(&d, &town, &invitation, node.port);
        devices[i].say[0](&d);
        if (devices[i].say[1] != NULL) {
            assert_true(line_hear(&d.line, true));
            await(waiting_in(&node) == 1);
            devices[i].say[1](&d);
        }
        uint64_t last = devices[i].say[1] != NULL ? MESSAGE_PENDING : 0, heard = last_heard(&d);
        last = heard != 0 ? heard : last;
        if (last != devices[i].last)
            print_error("device %zu\n", i);
        assert_int_equal(last, devices[i].last);
        await(waiting_in(&node) == 0); /* whoever has gone waits no more */
        line_end(&d.line);
        buf_free(&d.message);
    }
    door_close(&node);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_takes_nothing_but_an_answer_that_is_good),
        cmocka_unit_test(a_name_that_is_none_is_not_asked_with),
        cmocka_unit_test(a_node_answers_nothing_but_a_request_that_is_in_its_place),
    };
    return UNIT_RUN(tests);
}
