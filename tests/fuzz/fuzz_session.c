/*
 * fuzz: one session, fed any sequence of messages and events, its reads and runs answered with anything that a replica may
 * say. It never fails for want of anything but memory, never wishes without end, and holds bounded lists.
 */
#include "fuzz.h"

#include <linli/error.h>
#include <string.h>

#include "session/internal.h"

/* The input as a source of choices; zeroes when it is used up. */
struct choices {
    const uint8_t *at, *end;
};

static uint8_t pick(struct choices *c)
{
    return c->at < c->end ? *c->at++ : 0;
}

static span pick_bytes(struct choices *c)
{
    size_t size = (size_t)pick(c) << 4 | (pick(c) & 15), left = (size_t)(c->end - c->at);
    span bytes = span_of(c->at, size < left ? size : left);
    c->at += bytes.size;
    return bytes;
}

enum { WISHES_MAX = 4096, QUEUE = 64 };

struct run_asked {
    linli_id scope;
    linli_author author;
    uint64_t first, last;
    size_t size;
};
struct fuzz {
    struct choices choices;
    struct session *session;
    struct session_actions actions;
    struct run_asked ingests[QUEUE];
    size_t ingest_count, wishes;
    uint64_t now_ms;
    bool closed;
};

static linli_id made_id(uint8_t n)
{
    struct scope_path path = {.depth = n % 3};
    static const linli_hash network = {{1}};
    linli_id id;
    for (size_t i = 0; i < path.depth; i++)
        path.nonce[i][0] = (uint8_t)(n / 3);
    path_scope(&network, &path, &id);
    return id;
}

static linli_author made_author(uint8_t n)
{
    linli_author author = {.key = {n}, .incarnation = n};
    return author;
}

static void step(struct fuzz *f, struct session_event *event);

static void detail_body(struct fuzz *f, uint8_t n, struct buf *out)
{
    uint8_t heads = pick(&f->choices) % 5, children = pick(&f->choices) % 6;
    struct scope_path path = {.depth = n % 3};
    uint8_t author[40], digest[32] = {0};
    for (size_t i = 0; i < path.depth; i++)
        path.nonce[i][0] = (uint8_t)(n / 3);
    write_map(out, 7);
    write_uint(out, 1);
    path_write(out, &path);
    write_uint(out, 2);
    write_bool(out, true);
    write_uint(out, 3);
    digest[0] = pick(&f->choices);
    write_bin(out, digest, 32);
    write_uint(out, 4);
    write_array(out, heads);
    for (uint8_t i = 0; i < heads; i++) {
        linli_author name = made_author(i);
        author_encode(&name, author);
        digest[0] = pick(&f->choices);
        write_array(out, 4);
        write_bin(out, author, 40);
        write_uint(out, digest[0] % 9);
        write_bin(out, digest, 32);
        write_bool(out, digest[0] > 200);
    }
    write_uint(out, 5);
    write_array(out, 1);
    write_bin(out, digest, 32);
    write_uint(out, 6);
    write_array(out, 1);
    write_array(out, 3);
    write_bin(out, (uint8_t[40]){1}, 40);
    write_uint(out, 1);
    write_uint(out, 0);
    write_uint(out, 7);
    write_array(out, children);
    for (uint8_t i = 0; i < children; i++) {
        digest[0] = pick(&f->choices);
        write_array(out, 2);
        write_bin(out, (uint8_t[16]){i}, 16);
        write_bin(out, digest, 32);
    }
}

static void run_body(struct fuzz *f, struct buf *out)
{
    static const uint8_t zero[64];
    linli_author name = made_author(pick(&f->choices) % 5);
    linli_id scope = made_id(pick(&f->choices));
    uint8_t author[40];
    author_encode(&name, author);
    write_array(out, 6);
    write_bin(out, scope.b, 16);
    write_bin(out, author, 40);
    write_uint(out, 1 + pick(&f->choices) % 9);
    write_bin(out, zero, 32);
    write_array(out, 1);
    write_array(out, 0);
    write_bin(out, zero, 64);
}

/* What a read brings: nothing, something, or a fault of the disk. */
static void answer(struct fuzz *f, const struct session_action *a)
{
    struct session_event event = {.scope = a->scope, .author = a->author, .from = a->from, .seq = a->seq};
    struct session_shared shared[2] = {{.subtree = true}, {.path = {.depth = 1}}};
    struct buf bytes = {0};
    uint8_t choice = pick(&f->choices);
    if (choice == 255)
        event.code = LINLI_E_DISK;
    switch (a->kind) {
    case ACTION_READ_DETAIL:
        event.kind = EVENT_DETAIL;
        if (choice % 4 != 0)
            detail_body(f, choice, &bytes);
        break;
    case ACTION_READ_RUN:
        event.kind = EVENT_RUN;
        event.last = a->from + choice % 5;
        if (choice % 3 != 0)
            run_body(f, &bytes);
        break;
    case ACTION_READ_PART:
        event.kind = EVENT_PART;
        if (choice % 2 != 0)
            write_array(&bytes, 0);
        break;
    case ACTION_READ_CERTIFICATES:
        event.kind = EVENT_CERTIFICATES;
        write_map(&bytes, 1);
        write_uint(&bytes, 1);
        write_array(&bytes, 0);
        break;
    case ACTION_READ_HEARD:
        event.kind = EVENT_HEARD;
        if (choice % 2 != 0)
            write_array(&bytes, 0);
        break;
    case ACTION_SIGN:
        event.kind = EVENT_SIGNED;
        if (choice % 2 != 0)
            (void)buf_append(&bytes, "signed", 6);
        break;
    default:
        event.kind = EVENT_DIGEST;
        for (uint8_t i = 0; i < 2; i++) {
            shared[i].id = made_id(i);
            shared[i].digest.b[0] = choice;
        }
        event.shared = shared;
        event.shared_count = choice % 3;
        break;
    }
    event.bytes = buf_span(&bytes);
    step(f, &event);
    buf_free(&bytes);
}

static void perform(struct fuzz *f, const struct session_action *a)
{
    CLAIM(++f->wishes < WISHES_MAX * 16);
    switch (a->kind) {
    case ACTION_READ_DETAIL:
    case ACTION_READ_RUN:
    case ACTION_READ_PART:
    case ACTION_READ_CERTIFICATES:
    case ACTION_READ_HEARD:
    case ACTION_READ_DIGESTS: answer(f, a); break;
    case ACTION_SIGN:
        CLAIM(a->element_count > 0 && a->element_count <= RECEIPT_ELEMENTS_MAX);
        answer(f, a);
        break;
    case ACTION_RECEIPT: CLAIM(a->element_count > 0 && a->bytes.size > 0 && a->shown.size > 0); break;
    case ACTION_INGEST:
        CLAIM(a->from >= a->seq && a->bytes.size <= LIMIT_RUN_BYTES);
        if (f->ingest_count < QUEUE)
            f->ingests[f->ingest_count++] = (struct run_asked){a->scope, a->author, a->seq, a->from, a->bytes.size};
        break;
    case ACTION_CLOSE:
        CLAIM(!f->closed && a->code != LINLI_E_INTERNAL && a->code != LINLI_E_NOMEM);
        f->closed = true;
        break;
    case ACTION_SEND: CLAIM(a->bytes.size > 0 && a->bytes.size <= LIMIT_MESSAGE_BYTES); break;
    case ACTION_GRANTS:
    case ACTION_HEARD:
    case ACTION_LEARN:
    case ACTION_FILL:
    case ACTION_SETTLED: break;
    }
}

/* Steps nest as answers do; each has a list of its own, and its depth is bounded by what a session reads in a row. */
static void step(struct fuzz *f, struct session_event *event)
{
    struct session_actions actions = {0};
    event->now_ms = f->now_ms;
    bool ended = session_ended(f->session);
    CLAIM(session_step(f->session, event, &actions) == LINLI_OK);
    CLAIM(!ended || actions.count == 0);
    CLAIM(f->session->todo.count <= TODO_MAX && f->session->jobs.count <= JOBS_MAX);
    CLAIM(f->session->pushes.count <= PUSHES_MAX && f->session->walk_count <= WALKS_MAX);
    for (size_t i = 0; i < actions.count; i++)
        perform(f, &actions.at[i]);
    actions_free(&actions);
}

static void hear(struct fuzz *f, enum frame_stream stream, struct buf *message)
{
    struct session_event event = {.kind = EVENT_MESSAGE, .stream = stream, .bytes = buf_span(message)};
    if (!session_busy(f->session))
        step(f, &event);
    buf_free(message);
}

static void good_message(struct fuzz *f)
{
    struct buf m = {0}, body = {0};
    struct hello hello = {.version_low = 1, .version_high = 1, .clock_ms = 9, .credit_bytes = 100000, .live = true,
                          .heard = {pick(&f->choices) % 3}, .signs = pick(&f->choices) % 2 == 0};
    struct ask ask = {made_id(pick(&f->choices)), made_author(pick(&f->choices) % 5), 1 + pick(&f->choices) % 9};
    struct summary_item item = {made_id(0), true, {{0}}};
    struct settle settle = {.round = f->session->round, .asks = pick(&f->choices) % 2 == 0};
    switch (pick(&f->choices) % 11) {
    case 0: (void)hello_encode(&m, &hello); break;
    case 1:
        item.digest.b[0] = pick(&f->choices);
        (void)summary_start(&m, 1);
        (void)summary_add(&m, &item);
        break;
    case 2:
        detail_body(f, pick(&f->choices), &body);
        (void)message_wrap(&m, MESSAGE_DETAIL, buf_span(&body));
        break;
    case 3:
        run_body(f, &body);
        (void)run_message_encode(&m, buf_span(&body));
        buf_free(&body);
        hear(f, STREAM_BACKFILL, &m);
        return;
    case 4: (void)ask_encode(&m, &ask); break;
    case 5: (void)credit_encode(&m, (uint64_t)pick(&f->choices) * 100); break;
    case 6:
        (void)sent_encode(&m, 1);
        hear(f, STREAM_BACKFILL, &m);
        return;
    case 7:
        settle.digest.b[0] = pick(&f->choices);
        if (pick(&f->choices) % 2 == 0)
            settle.digest = f->session->settle_own;
        (void)settle_encode(&m, &settle);
        break;
    case 8: (void)receipt_message_encode(&m, span_of("receipt", pick(&f->choices) % 8)); break;
    case 9: (void)heard_encode(&m, &(struct heard_receipts){.plain = span_of("\x90", 1)}); break;
    default: (void)bye_encode(&m, (enum bye_reason)(pick(&f->choices) % 8)); break;
    }
    buf_free(&body);
    hear(f, STREAM_CONTROL, &m);
}

static void any_message(struct fuzz *f)
{
    struct buf m = {0};
    enum frame_stream stream = (enum frame_stream)(pick(&f->choices) % STREAM_COUNT);
    span bytes = pick_bytes(&f->choices);
    (void)buf_append(&m, bytes.at, bytes.size);
    hear(f, stream, &m);
}

static void ingested(struct fuzz *f)
{
    static const int codes[] = {LINLI_OK, LINLI_OK, LINLI_OK, LINLI_OK, LINLI_OK, LINLI_E_NOT_FOUND, LINLI_E_SIGNATURE,
                                LINLI_E_DISK};
    if (f->ingest_count == 0)
        return;
    struct run_asked run = f->ingests[0];
    memmove(f->ingests, f->ingests + 1, --f->ingest_count * sizeof(f->ingests[0]));
    struct session_event event = {.kind = EVENT_INGESTED, .scope = run.scope, .author = run.author, .seq = run.first,
                                  .last = run.last, .bytes = {NULL, run.size}, .code = codes[pick(&f->choices) % 8],
                                  .outcome = pick(&f->choices) % 4, .from = pick(&f->choices) % 9,
                                  .advanced = pick(&f->choices) % 2};
    step(f, &event);
}

static void turn(struct fuzz *f)
{
    struct session_event event = {.kind = EVENT_TIMER};
    uint8_t choice = pick(&f->choices);
    switch (choice % 8) {
    case 0: any_message(f); break;
    case 1:
    case 2:
    case 3: good_message(f); break;
    case 4: ingested(f); break;
    case 5:
        event.kind = EVENT_CHANGED;
        event.scope = made_id(pick(&f->choices));
        event.author = made_author(pick(&f->choices));
        event.seq = 1 + pick(&f->choices) % 9;
        step(f, &event);
        break;
    case 6:
        event.kind = EVENT_SENT;
        step(f, &event);
        break;
    default:
        f->now_ms += (uint64_t)pick(&f->choices) * 200;
        step(f, &event);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = {.choices = {data, data + size}, .now_ms = 1};
    struct session_config config = {.network = {{1}}, .live = pick(&f.choices) % 2 == 0, .initiator = pick(&f.choices) % 2 == 0};
    struct session_shared shared[2] = {{.subtree = true}, {.path = {.depth = 1}}};
    struct session_event start = {.kind = EVENT_START, .shared = shared, .shared_count = 2};

    for (uint8_t i = 0; i < 2; i++)
        shared[i].id = made_id(i);
    config.receipts = (struct session_receipts){.signs = config.live, .heard = {1}, .peer_may_sign = true,
                                                .known = span_of("known", 5), .known_run = 2};
    CLAIM(session_new(&config, &f.session) == LINLI_OK);
    step(&f, &start);
    for (int turns = 0; turns < 400 && f.choices.at < f.choices.end; turns++)
        turn(&f);
    session_free(f.session);
    actions_free(&f.actions);
    return 0;
}
