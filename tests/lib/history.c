/* tests: writes of one record by made-up devices. */
#include "history.h"
#include "base/check.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

enum { TEST_N = 40 };

static const linli_id epoch = {{1, 2, 3}}, record = {{9, 8, 7}}; /* made up */

uint32_t test_group(enum merge_rule rule)
{
    return group_number(TEST_N + (uint32_t)rule, rule, CLASS_PERSONAL);
}

void test_author(uint32_t number, linli_author *out)
{
    memset(out, 0, sizeof(*out));
    be32_put(out->key, number * UINT32_C(2654435761));
    out->incarnation = number;
}

static void name_get(void *ctx, uint32_t number, linli_author *out)
{
    (void)ctx;
    test_author(number, out);
}

const struct author_names test_names = {name_get, NULL};

static span taken(struct arena *a, struct buf *b)
{
    ALWAYS(b->failed == LINLI_OK);
    span copy = arena_copy(a, buf_span(b));
    ALWAYS(copy.at != NULL);
    buf_free(b);
    return copy;
}

span value_of(struct arena *a, uint32_t group, int64_t number)
{
    struct buf b = {0};

    switch ((enum merge_rule)group_rule(group)) {
    case RULE_LADDER:
        return value_ladder(a, group, number / 8, number % 8, "");
    case RULE_SET:
        write_bool(&b, number % 2 != 0);
        break;
    case RULE_COUNTER:
    case RULE_MAX:
        write_int(&b, number);
        break;
    case RULE_REGISTER:
    case RULE_LOG:
        write_map(&b, 1);
        write_uint(&b, group_n(group));
        write_int(&b, group == GROUP_LIFE ? number % 2 : number);
        break;
    }
    return taken(a, &b);
}

span value_ladder(struct arena *a, uint32_t group, int64_t episode, int64_t rung, const char *note)
{
    struct buf b = {0};

    write_map(&b, note[0] == '\0' ? 2 : 3);
    write_uint(&b, LADDER_EPISODE);
    write_int(&b, episode);
    write_uint(&b, group_n(group));
    write_int(&b, rung);
    if (note[0] != '\0') {
        write_uint(&b, group_n(group) + 1);
        write_text(&b, note, strlen(note));
    }
    return taken(a, &b);
}

span value_text(struct arena *a, uint32_t group, const char *text)
{
    struct buf b = {0};

    write_map(&b, 1);
    write_uint(&b, group_n(group));
    write_text(&b, text, strlen(text));
    return taken(a, &b);
}

span key_of(struct arena *a, uint32_t group, uint64_t element)
{
    struct buf b = {0};

    if (group_rule(group) != RULE_SET)
        return (span){NULL, 0};
    write_uint(&b, element);
    return taken(a, &b);
}

void apply(struct arena *a, struct record_state *state, const struct write *w)
{
    ALWAYS(record_apply(a, state, TEST_TYPE, &w->op, w->author, w->seq, w->stamp) == LINLI_OK);
}

struct context shown(struct arena *a, const struct record_state *state, uint32_t group, span key)
{
    struct context ctx;
    struct buf b = {0};

    ALWAYS(token_encode(state, &epoch, &record, a, &b) == LINLI_OK);
    span token = taken(a, &b);
    ALWAYS(token_context(a, token, &epoch, &record, group, key, &ctx) == LINLI_OK);
    return ctx;
}

span encoded(struct arena *a, const struct record_state *state)
{
    struct buf b = {0};

    ALWAYS(record_encode(state, &b) == LINLI_OK);
    return taken(a, &b);
}

bool same_state(struct arena *a, const struct record_state *x, const struct record_state *y)
{
    return span_equal(encoded(a, x), encoded(a, y));
}

struct record_state merged(struct arena *a, const struct record_state *x, const struct record_state *y)
{
    struct record_state out = {0};

    ALWAYS(record_merge(a, x, y, &out) == LINLI_OK);
    return out;
}

struct record_state moved(struct arena *to, struct arena *from, const struct record_state *state)
{
    struct record_state out = {0};
    span bytes = arena_copy(to, encoded(from, state));

    ALWAYS(bytes.at != NULL && record_decode(to, bytes, &out) == LINLI_OK);
    return out;
}

struct write device_write(struct arena *a, struct device *d, linli_stamp stamp, uint32_t group, span key,
                          struct context ctx, span value)
{
    struct write w = {d->author, ++d->seq, stamp, {group, key, ctx, value}};

    apply(a, &d->state, &w);
    return w;
}

void devices_meet(struct arena *a, struct device *x, struct device *y)
{
    x->state = merged(a, &x->state, &y->state);
    y->state = x->state;
}
