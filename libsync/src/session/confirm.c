/*
 * session: receipts (proto/receipts.md 3, 4). A side asks with its settle, so that it costs no message of its own, and the answer
 * comes when both have settled; whoever would say bye then waits for it. What both have heard of other nodes is told apart by a
 * few bytes of hello.
 */
#include <string.h>

#include "session/internal.h"

int confirm_open(struct session *s)
{
    const struct session_receipts *given = &s->config.receipts;

    s->confirm.settled = given->settled;
    int rv = buf_append(&s->confirm.known, given->known.at, given->known.size);
    s->config.receipts.known = (span){NULL, 0};
    return rv;
}

static void elements_free(struct session *s)
{
    mem_free(s->confirm.elements);
    s->confirm.elements = NULL;
    s->confirm.count = 0;
}

void confirm_free(struct session *s)
{
    elements_free(s);
    buf_free(&s->confirm.known);
    buf_free(&s->confirm.shown);
}

/* --- hello --- */

void confirm_say(const struct session *s, struct hello *hello)
{
    const struct session_receipts *own = &s->config.receipts;

    memcpy(hello->heard, own->heard, sizeof(hello->heard));
    hello->signs = own->signs;
    hello->run = (uint16_t)own->run;
}

int confirm_hello(struct session *s, const struct hello *hello)
{
    static const uint8_t nothing[HEARD_BYTES];
    const struct session_receipts *own = &s->config.receipts;
    struct confirming *c = &s->confirm;

    c->peer_signs = hello->signs && own->peer_may_sign;
    c->doubted = c->known.size > 0 && (uint16_t)own->known_run != hello->run;
    if (memcmp(own->heard, nothing, sizeof(nothing)) == 0 || memcmp(own->heard, hello->heard, sizeof(nothing)) == 0)
        return LINLI_OK;
    s->reads++;
    return action_add(s, ACTION_READ_HEARD) == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

int confirm_heard(struct session *s, const struct session_event *event)
{
    struct buf message = {0};

    if (s->reads == 0)
        return LINLI_E_INTERNAL;
    s->reads--;
    if (event->code != LINLI_OK || event->bytes.size == 0)
        return event->code;
    (void)heard_encode(&message, &(struct heard_receipts){event->bytes, event->listing});
    return action_send(s, STREAM_CONTROL, &message);
}

int recv_heard(struct session *s, enum frame_stream stream, span body)
{
    struct heard_receipts heard;
    int rv = stream == STREAM_CONTROL ? heard_decode(body, &heard) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->confirm.heard_came)
        return LINLI_E_PROTOCOL;
    s->confirm.heard_came = true;
    struct session_action *action = action_add(s, ACTION_HEARD);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->listing = arena_copy(&s->out->arena, heard.listing);
    if (action->listing.at == NULL && heard.listing.size > 0)
        return LINLI_E_NOMEM;
    return action_bytes(s, action, heard.plain);
}

/* --- asking --- */

static size_t matched(const struct session *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->shared_count; i++)
        count += s->shared[i].match == MATCH_FULL;
    return count;
}

bool confirm_asks(const struct session *s, span *known)
{
    const struct confirming *c = &s->confirm;

    *known = buf_span(&c->known);
    return c->peer_signs && matched(s) > 0 && (c->doubted || !hash_equal(&c->settled, &s->settle_own));
}

/* The elements that both hold alike; of more than a receipt holds, the last. */
static int elements_take(struct session *s)
{
    struct confirming *c = &s->confirm;
    size_t all = matched(s), skip = all > RECEIPT_ELEMENTS_MAX ? all - RECEIPT_ELEMENTS_MAX : 0;

    elements_free(s);
    c->elements = mem_zalloc(all - skip, sizeof(*c->elements));
    if (c->elements == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < s->shared_count; i++) {
        const struct session_shared *own = &s->shared[i].own;
        if (s->shared[i].match != MATCH_FULL || skip > 0) {
            skip -= s->shared[i].match == MATCH_FULL;
            continue;
        }
        c->elements[c->count++] = (struct receipt_element){own->id, own->subtree, own->digest, own->statements, own->weight};
    }
    return LINLI_OK;
}

static int say_elements(struct session *s, struct session_action *action, span shown)
{
    const struct confirming *c = &s->confirm;
    span copy = arena_copy(&s->out->arena, span_of(c->elements, c->count * sizeof(*c->elements)));

    action->shown = arena_copy(&s->out->arena, shown);
    if (copy.at == NULL || (action->shown.at == NULL && shown.size > 0))
        return LINLI_E_NOMEM;
    action->elements = (const struct receipt_element *)(const void *)copy.at; /* an arena aligns to 16 */
    action->element_count = c->count;
    return LINLI_OK;
}

/* Something was waited for, or owed, and is no more. */
static int done(struct session *s)
{
    const struct confirming *c = &s->confirm;

    if (c->awaited || c->owed)
        return LINLI_OK;
    elements_free(s);
    return c->leaving ? session_say_bye(s, BYE_DONE, LINLI_OK) : LINLI_OK;
}

int confirm_settled(struct session *s, bool over)
{
    struct confirming *c = &s->confirm;
    int rv = LINLI_OK;

    c->awaited = c->asks;
    c->owed = c->peer_asks && matched(s) > 0;
    c->leaving = over;
    if (c->awaited || c->owed)
        rv = elements_take(s);
    if (rv != LINLI_OK || !c->owed)
        return rv != LINLI_OK ? rv : done(s);
    struct session_action *action = action_add(s, ACTION_SIGN);
    if (action == NULL)
        return LINLI_E_NOMEM;
    s->reads++;
    action->lists = c->peer_lists;
    return say_elements(s, action, buf_span(&c->shown));
}

int confirm_signed(struct session *s, const struct session_event *event)
{
    struct buf message = {0};

    if (s->reads == 0 || !s->confirm.owed)
        return LINLI_E_INTERNAL;
    s->reads--;
    s->confirm.owed = false;
    if (event->code != LINLI_OK)
        return event->code;
    (void)receipt_message_encode(&message, event->bytes);
    int rv = action_send(s, STREAM_CONTROL, &message);
    return rv == LINLI_OK ? done(s) : rv;
}

/* Live, a change goes out at once; that it has arrived is confirmed by a round, one for all that came meanwhile. */
void confirm_soon(struct session *s)
{
    if (s->confirm.peer_signs && session_is_live(s) && s->round_at_ms == 0)
        s->round_at_ms = s->now_ms + CONFIRM_MS;
}

/* The answer. Whether it is true is found out elsewhere; the next one is asked for when something has changed. */
int recv_receipt(struct session *s, enum frame_stream stream, span body)
{
    struct confirming *c = &s->confirm;
    span certificate;
    int rv = stream == STREAM_CONTROL ? receipt_message_decode(body, &certificate) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (!c->awaited)
        return LINLI_E_PROTOCOL;
    c->awaited = c->doubted = false;
    if (certificate.size == 0) /* not now */
        return done(s);
    struct session_action *action = action_add(s, ACTION_RECEIPT);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->settled = c->settled = c->asked_for;
    rv = say_elements(s, action, buf_span(&c->known));
    if (rv == LINLI_OK)
        rv = action_bytes(s, action, certificate);
    buf_clear(&c->known);
    if (rv == LINLI_OK)
        rv = buf_append(&c->known, certificate.at, certificate.size);
    return rv == LINLI_OK ? done(s) : rv;
}
