/* node: receipts in a session: what it must know of them to begin, and what it wishes done with them (proto/receipts.md). */
#include <string.h>

#include "codec/reader.h"
#include "node/internal.h"

static bool is_node(const struct peer_access *access)
{
    for (size_t i = 0; i < access->count; i++)
        if (access->grants[i].role == ROLE_NODE)
            return true;
    return false;
}

static linli_author author_of(const struct peer *p)
{
    linli_author author = {.incarnation = p->channel->peer.incarnation};

    memcpy(author.key, p->channel->peer.sign_public, KEY_BYTES);
    return author;
}

int receipts_begin(struct peer *p, const struct shared_scope *scopes, size_t count, struct receipts_meeting *meeting,
                   struct session_receipts *out)
{
    linli_author peer = author_of(p);
    int rv = replica_receipts_meet(p->node->host.replica, &peer, scopes, count, meeting);

    if (rv != LINLI_OK)
        return rv;
    *out = (struct session_receipts){.signs = meeting->signs, .run = meeting->run,
                                     .peer_may_sign = is_node(&p->access), .known = buf_span(&meeting->known),
                                     .known_run = meeting->known_run,
                                     .settled = meeting->settled};
    memcpy(out->heard, meeting->heard, sizeof(out->heard));
    return LINLI_OK;
}

int receipts_read(struct peer *p, struct buf *plain, struct buf *listing)
{
    struct shared_scope *scopes = NULL;
    size_t count = 0;
    linli_author peer = author_of(p);

    host_enter(p->node);
    int rv = replica_shared(p->node->host.replica, &p->node->own, &p->access, &scopes, &count);
    if (rv == LINLI_OK)
        rv = replica_receipts_heard(p->node->host.replica, peer.key, scopes, count, plain, listing);
    host_leave(p->node);
    mem_free(scopes);
    return rv;
}

/* Whatever keeps us from signing, the peer is told so and not left waiting. */
int receipts_sign(struct peer *p, const struct session_action *a, struct buf *out)
{
    struct receipt_element elements[RECEIPT_ELEMENTS_MAX];

    ALWAYS(a->element_count <= RECEIPT_ELEMENTS_MAX);
    memcpy(elements, a->elements, a->element_count * sizeof(*elements));
    host_enter(p->node);
    int rv = replica_receipt_sign(p->node->host.replica, elements, a->element_count, a->lists, a->shown, out);
    host_leave(p->node);
    return rv == LINLI_E_NOMEM ? rv : rv == LINLI_OK ? LINLI_OK : LINLI_E_NOT_FOUND;
}

int receipts_take(struct peer *p, const struct session_action *a)
{
    struct receipt_answer answer = {.node = p->channel->peer.sign_public, .certificate = a->bytes, .shown = a->shown,
                                    .elements = a->elements, .count = a->element_count, .settled = a->settled};

    host_enter(p->node);
    int rv = replica_receipt_take(p->node->host.replica, &answer);
    host_leave(p->node);
    return rv;
}

static int told_read(span bins, span told[HEARD_MAX], size_t *count)
{
    struct reader r;

    reader_start(&r, bins);
    size_t more = bins.size > 0 ? reader_array(&r, HEARD_MAX - *count) : 0;
    for (size_t i = 0; i < more; i++)
        told[(*count)++] = reader_bin(&r, HEARD_LISTING_BYTES);
    return reader_end(&r);
}

int receipts_hear(struct peer *p, const struct session_action *a)
{
    span told[HEARD_MAX];
    size_t count = 0;

    if (told_read(a->bytes, told, &count) != LINLI_OK || told_read(a->listing, told, &count) != LINLI_OK)
        return LINLI_E_PROTOCOL;
    host_enter(p->node);
    int rv = replica_receipts_hear(p->node->host.replica, told, count);
    host_leave(p->node);
    return rv;
}
