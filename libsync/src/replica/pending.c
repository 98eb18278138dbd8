/* replica: devices that wait until somebody of the office has compared the digits (proto/session.md 6). */
#include <string.h>

#include "replica/invite.h"

enum { PENDING_MAX = 64 };

struct pending {
    linli_id invite;
    struct linli_enrol_request said;
    char *name, *device_name; /* of `said` */
    struct buf request;
};

static char *text_of(span text)
{
    char *copy = mem_alloc(text.size + 1);

    if (copy == NULL)
        return NULL;
    if (text.size > 0)
        memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    return copy;
}

static void pending_end(struct pending *p)
{
    mem_free(p->name);
    mem_free(p->device_name);
    buf_free(&p->request);
    memset(p, 0, sizeof(*p));
}

static struct pending *find(const struct replica *r, const uint8_t device[KEY_BYTES])
{
    for (size_t i = 0; i < r->pending_count; i++)
        if (memcmp(r->pending[i].said.device, device, KEY_BYTES) == 0)
            return &r->pending[i];
    return NULL;
}

bool pending_has(const struct replica *r, const uint8_t device[KEY_BYTES])
{
    return find(r, device) != NULL;
}

void replica_enrol_gone(struct replica *r, const uint8_t device[32])
{
    struct pending *p = find(r, device);

    if (p == NULL)
        return;
    pending_end(p);
    size_t at = (size_t)(p - r->pending);
    memmove(p, p + 1, (--r->pending_count - at) * sizeof(*p));
}

int pending_put(struct replica *r, const linli_id *invite, const struct linli_enrol_request *said, span request, span name,
                span device_name)
{
    struct pending p = {.invite = *invite, .said = *said};

    replica_enrol_gone(r, said->device);
    if (r->pending_count == PENDING_MAX)
        return LINLI_E_LIMIT;
    int rv = mem_grow(&r->pending, &r->pending_room, r->pending_count + 1, sizeof(*r->pending));
    if (rv != LINLI_OK)
        return rv;
    p.said.name = p.name = text_of(name);
    p.said.device_name = p.device_name = text_of(device_name);
    rv = buf_append(&p.request, request.at, request.size);
    if (rv == LINLI_OK && p.name != NULL && p.device_name != NULL) {
        r->pending[r->pending_count++] = p;
        return LINLI_OK;
    }
    pending_end(&p);
    return LINLI_E_NOMEM;
}

void pending_free(struct replica *r)
{
    while (r->pending_count > 0)
        pending_end(&r->pending[--r->pending_count]);
    mem_free(r->pending);
    r->pending = NULL;
    r->pending_room = 0;
}

int replica_enrol_each(struct replica *r, linli_enrol_fn fn, void *ctx)
{
    for (size_t i = 0; i < r->pending_count; i++)
        if (!fn(ctx, &r->pending[i].said))
            break;
    return LINLI_OK;
}

/* The only one that shows these digits. */
static int find_code(const struct replica *r, unsigned code, const struct pending **out)
{
    *out = NULL;
    for (size_t i = 0; i < r->pending_count; i++) {
        if (r->pending[i].said.code != code)
            continue;
        if (*out != NULL)
            return LINLI_E_EXISTS;
        *out = &r->pending[i];
    }
    return *out == NULL ? LINLI_E_NOT_FOUND : LINLI_OK;
}

int replica_enrol_confirm(struct replica *r, unsigned code)
{
    const struct pending *p;
    int rv = find_code(r, code, &p);

    if (rv == LINLI_OK)
        rv = enrol_confirm(r, &p->invite, buf_span(&p->request));
    if (rv == LINLI_OK)
        replica_enrol_gone(r, p->said.device); /* when it asks the next time, it is let in */
    return rv;
}

static int reject_step(struct work *w, void *ctx)
{
    return invite_drop(w, ctx);
}

/* Whoever else came with the same invitation waits for nothing, too. */
int replica_enrol_reject(struct replica *r, unsigned code)
{
    const struct pending *p;
    linli_id invite;
    int rv = find_code(r, code, &p);

    if (rv != LINLI_OK)
        return rv;
    invite = p->invite;
    rv = work_run(r, reject_step, &invite);
    if (rv == LINLI_OK)
        invites_forget(r);
    for (size_t i = r->pending_count; rv == LINLI_OK && i-- > 0;)
        if (id_equal(&r->pending[i].invite, &invite))
            replica_enrol_gone(r, r->pending[i].said.device);
    return rv;
}
