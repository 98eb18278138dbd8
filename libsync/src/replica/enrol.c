/* replica: a device that comes with an invitation is granted what that says (proto/authority.md 5, session.md 6). */
#include <string.h>

#include "codec/scan.h"
#include "codec/writer.h"
#include "replica/invite.h"

enum { ASKS_MAX = 32 }; /* handshakes of one invitation that are shown digits: each is a guess of one in a million */

struct enrolling {
    const struct enrol_ask *ask;   /* NULL: somebody has compared the digits, and confirms */
    linli_id invite;
    uint8_t sign[KEY_BYTES], seal[KEY_BYTES];
    span device_name;
    struct buf *answer;
    size_t answer_start;
    struct linli_enrol_request *said;
    int verdict;                   /* beside what the transaction gives: it is committed all the same */
};

static int request_read(span request, struct enrolling *e)
{
    struct reader r;
    uint8_t incarnation[8];
    uint64_t seen = 0;

    if (scan_item(request, 2, 64) != LINLI_OK)
        return LINLI_E_FORMAT;
    reader_start(&r, request);
    for (size_t left = reader_map(&r, 32); left > 0 && r.failed == LINLI_OK; left--) {
        uint64_t key = reader_uint(&r, UINT64_MAX);
        seen |= key < 64 ? UINT64_C(1) << key : 0;
        if (key == 1)
            reader_fixed(&r, e->sign, KEY_BYTES);
        else if (key == 2)
            reader_fixed(&r, e->seal, KEY_BYTES);
        else if (key == 3)
            reader_fixed(&r, incarnation, sizeof(incarnation));
        else if (key == 4)
            e->device_name = reader_text(&r, INVITE_NAME_BYTES_MAX);
        else
            reader_skip(&r);
    }
    return reader_end(&r) == LINLI_OK && (seen & 6) == 6 && !sign_key_small(e->sign) ? LINLI_OK : LINLI_E_FORMAT;
}

/* The first device to come: bind the invitation to it. */
static int bind_device(struct work *w, const struct enrolling *e, struct invited *v)
{
    struct grant_order order = {.scope = v->scope, .role = v->role, .name = v->name, .device_name = e->device_name};

    memcpy(order.subject, e->sign, KEY_BYTES);
    memcpy(order.seal, e->seal, KEY_BYTES);
    int rv = invite_rights(w, v, &order.rights);
    if (rv == LINLI_OK)
        rv = grant_give(w, &order, &v->grant);
    if (rv != LINLI_OK)
        return rv;
    v->bound = true;
    memcpy(v->device, e->sign, KEY_BYTES);
    return invite_keep(w, v);
}

static int answer_write(struct work *w, const struct invited *v, struct buf *out)
{
    const struct identity *self = &w->r->self;
    struct introduction shown = {.count = 0};
    int rv = introduction_start(w->txn, &shown);

    if (rv == LINLI_OK)
        rv = introduction_grant(w->txn, &shown, &v->grant);
    if (rv != LINLI_OK)
        goto done;
    write_map(out, 4);
    write_uint(out, 1);
    write_bin(out, self->root_file.at, self->root_file.size);
    write_uint(out, 2);
    write_bin(out, self->network_key, sizeof(self->network_key));
    write_uint(out, 3);
    write_array(out, shown.count);
    for (size_t i = 0; i < shown.count; i++)
        write_bin(out, shown.at[i].at, shown.at[i].size);
    write_uint(out, 4);
    write_raw(out, v->addresses);
    rv = out->failed;

done:
    arena_free(&shown.arena);
    return rv;
}

static bool must_wait(const struct enrolling *e, const struct invited *v)
{
    return e->ask != NULL && !v->bound && (v->confirm || (e->ask->confirm_all && v->role != ROLE_VIEWER));
}

/* Nothing is granted until somebody has compared the digits. */
static int hold_back(struct work *w, struct enrolling *e, struct invited *v)
{
    e->verdict = LINLI_E_WAIT;
    if (e->ask->again) {
        e->verdict = pending_has(w->r, e->sign) ? LINLI_E_WAIT : LINLI_E_REFUSED;
        return LINLI_OK;
    }
    if (++v->asked > ASKS_MAX) {
        e->verdict = LINLI_E_NOT_FOUND;
        return invite_drop(w, &e->invite);
    }
    int rv = pending_put(w->r, &e->invite, e->said, e->ask->request, v->name, e->device_name);
    return rv == LINLI_OK ? invite_keep(w, v) : rv;
}

static void said_fill(const struct work *w, const struct invited *v, struct enrolling *e)
{
    *e->said = (struct linli_enrol_request){.role = (enum linli_role)v->role, .scope = v->scope, .name = "",
                                            .device_name = "", .since_ms = clock_now_ms(&w->r->clock),
                                            .expires_ms = v->expires_ms};
    e->said->code = e->ask != NULL ? e->ask->code : 0;
    memcpy(e->said->device, e->sign, KEY_BYTES);
}

static int enrol_step(struct work *w, void *ctx)
{
    struct enrolling *e = ctx;
    struct invited v = {.role = 0};

    e->answer->size = e->answer_start; /* a first try may have been given up */
    e->verdict = LINLI_OK;
    int rv = invite_get(w, &e->invite, &v);
    if (rv != LINLI_OK)
        goto done;
    said_fill(w, &v, e);
    if (v.bound && memcmp(v.device, e->sign, KEY_BYTES) != 0) {
        rv = LINLI_E_USED;
        goto done;
    }
    if (must_wait(e, &v)) {
        rv = hold_back(w, e, &v);
        goto done;
    }
    if (!v.bound)
        rv = bind_device(w, e, &v);
    if (rv == LINLI_OK && e->ask != NULL)
        rv = answer_write(w, &v, e->answer);

done:
    crypto_wipe(&v, sizeof(v));
    return rv;
}

int replica_enrol(struct replica *r, const struct enrol_ask *ask, struct buf *answer, struct linli_enrol_request *said)
{
    struct enrolling e = {.ask = ask, .answer = answer, .answer_start = answer->size, .said = said};
    int rv = request_read(ask->request, &e);

    *said = (struct linli_enrol_request){.code = ask->code, .name = "", .device_name = ""};
    if (rv != LINLI_OK)
        return rv;
    memcpy(said->device, e.sign, KEY_BYTES);
    invite_key(ask->secret, &e.invite);
    rv = work_run(r, enrol_step, &e);
    if (rv == LINLI_OK)
        rv = e.verdict;
    if (rv == LINLI_E_NOT_FOUND)
        invites_forget(r);
    if (rv != LINLI_OK)
        answer->size = e.answer_start;
    if (rv != LINLI_E_WAIT)
        replica_enrol_gone(r, e.sign);
    return rv;
}

int enrol_confirm(struct replica *r, const linli_id *invite, span request)
{
    struct buf unused = {0};
    struct linli_enrol_request said;
    struct enrolling e = {.invite = *invite, .answer = &unused, .said = &said};
    int rv = request_read(request, &e);

    return rv == LINLI_OK ? work_run(r, enrol_step, &e) : rv;
}
