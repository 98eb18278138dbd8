/* node: one peer's socket: messages wait by stream, the lowest goes first, frame by frame; reading stops while much waits. */
#include <string.h>

#include "node/internal.h"

struct writing {
    uv_write_t request;
    struct peer *peer;
    struct buf bytes;
};

static void read_room(uv_handle_t *handle, size_t wish, uv_buf_t *out)
{
    struct peer *p = handle->data;

    (void)wish;
    *out = uv_buf_init((char *)p->node->read_bytes, READ_BYTES);
}

static void read_done(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct peer *p = stream->data;

    if (size > 0)
        share_bytes(p, span_of(bytes->base, (size_t)size));
    else if (size < 0)
        peer_lost(p);
}

/* A peer that is leaving is read to its end. */
void wire_set_reading(struct peer *p)
{
    bool wanted = !share_pending(p) && (p->wire.unsent_bytes <= UNSENT_MAX || p->stage == PEER_LEAVING);

    if (p->stage == PEER_CLOSING || wanted == p->wire.reading)
        return;
    p->wire.reading = wanted;
    if (wanted)
        (void)uv_read_start((uv_stream_t *)&p->tcp, read_room, read_done);
    else
        (void)uv_read_stop((uv_stream_t *)&p->tcp);
}

int wire_start(struct peer *p)
{
    (void)uv_tcp_nodelay(&p->tcp, 1);
    p->wire.reading = true;
    return uv_read_start((uv_stream_t *)&p->tcp, read_room, read_done) == 0 ? LINLI_OK : LINLI_E_CLOSED;
}

int wire_send(struct peer *p, enum frame_stream stream, span message)
{
    struct wire *w = &p->wire;
    struct parcel *parcel = mem_alloc(sizeof(*parcel) + message.size);

    if (parcel == NULL)
        return LINLI_E_NOMEM;
    *parcel = (struct parcel){.size = message.size};
    if (message.size > 0)
        memcpy(parcel->bytes, message.at, message.size);
    if (w->last[stream] != NULL)
        w->last[stream]->next = parcel;
    else
        w->first[stream] = parcel;
    w->last[stream] = parcel;
    w->unsent_bytes += sizeof(*parcel) + message.size;
    return LINLI_OK;
}

static struct parcel *next_parcel(struct wire *w, enum frame_stream *stream)
{
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        *stream = (enum frame_stream)i;
        if (w->first[i] != NULL)
            return w->first[i];
    }
    return NULL;
}

/* What a device is enrolled with holds the network's key. */
static void parcel_free(const struct peer *p, struct parcel *parcel)
{
    if (p->talk == TALK_ENROL_ANSWER)
        crypto_wipe(parcel->bytes, parcel->size);
    mem_free(parcel);
}

/* Frames of what waits, up to one write's worth. */
static int gather(struct peer *p, struct buf *out)
{
    struct wire *w = &p->wire;
    enum frame_stream stream;
    struct parcel *parcel;
    int rv = LINLI_OK;

    *out = w->raw;
    w->raw = (struct buf){0};
    while (rv == LINLI_OK && out->size < WRITE_BYTES && (parcel = next_parcel(w, &stream)) != NULL) {
        size_t before = parcel->sent;
        rv = channel_send(p->channel, stream, span_of(parcel->bytes, parcel->size), &parcel->sent, out);
        w->unsent_bytes -= parcel->sent - before;
        if (rv != LINLI_OK || parcel->sent < parcel->size)
            continue;
        w->first[stream] = parcel->next;
        if (parcel->next == NULL)
            w->last[stream] = NULL;
        w->unsent_bytes -= sizeof(*parcel);
        parcel_free(p, parcel);
    }
    return rv;
}

static void write_done(uv_write_t *request, int status)
{
    struct writing *writing = request->data;
    struct peer *p = writing->peer;

    p->wire.unsent_bytes -= writing->bytes.size;
    pace_add(&p->pace, writing->bytes.size * SENT_BYTE_NS);
    buf_free(&writing->bytes);
    mem_free(writing);
    p->wire.writing = false;
    p->wire.drained_ms = uv_now(&p->node->loop);
    if (p->stage == PEER_CLOSING)
        return;
    if (status != 0)
        peer_lost(p);
    else
        share_written(p);
}

int wire_flush(struct peer *p)
{
    struct wire *w = &p->wire;
    enum frame_stream stream;

    if (p->stage == PEER_CLOSING || w->writing || (w->raw.size == 0 && next_parcel(w, &stream) == NULL)) {
        wire_set_reading(p);
        return LINLI_OK;
    }
    struct writing *writing = mem_zalloc(1, sizeof(*writing));
    if (writing == NULL)
        return LINLI_E_NOMEM;
    writing->peer = p;
    writing->request.data = writing;
    int rv = gather(p, &writing->bytes);
    uv_buf_t bytes = uv_buf_init((char *)writing->bytes.at, (unsigned)writing->bytes.size);
    if (rv == LINLI_OK && uv_write(&writing->request, (uv_stream_t *)&p->tcp, &bytes, 1, write_done) != 0)
        rv = LINLI_E_CLOSED;
    if (rv != LINLI_OK) {
        buf_free(&writing->bytes);
        mem_free(writing);
        return rv;
    }
    w->unsent_bytes += writing->bytes.size;
    w->drained_ms = uv_now(&p->node->loop);
    w->writing = true;
    wire_set_reading(p);
    return LINLI_OK;
}

void wire_free(struct peer *p)
{
    enum frame_stream stream;
    struct parcel *parcel;

    while ((parcel = next_parcel(&p->wire, &stream)) != NULL) {
        p->wire.first[stream] = parcel->next;
        parcel_free(p, parcel);
    }
    memset(p->wire.last, 0, sizeof(p->wire.last));
    buf_free(&p->wire.raw);
}
