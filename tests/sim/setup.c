/* sim: a world begins: a root, a tree of scopes, and people let in, some of them over a bad connection later on. */
#include "codec/reader.h"
#include "codec/writer.h"
#include "sim.h"

/* --- enrolment --- */

static int invite(const struct place *by, unsigned scope, enum linli_role role, struct invitation *out)
{
    static const char *const addresses[] = {"made-up.example:1"};
    struct linli_invite invite = {.scope = by->world->scopes[scope].id, .role = role, .name = "made-up name",
                                  .addresses = addresses, .address_count = 1};
    char uri[LINLI_URI_BYTES];
    int rv = linli_invite_create(by->store, &invite, uri);

    return rv == LINLI_OK ? invitation_parse(uri, out) : rv;
}

int invite_prepare(struct world *w, struct place *by, unsigned scope, enum linli_role role, struct place **out)
{
    struct invitation invitation;
    int rv = invite(by, scope, role, &invitation);

    *out = NULL;
    if (rv != LINLI_OK)
        return rv;
    struct place *p = place_new(w);
    struct rng rng = rng_from(&p->seeded);
    uint8_t incarnation[8];
    sign_keypair(&rng, p->enrol.sign_public, p->enrol.sign_secret);
    dh_keypair(&rng, p->enrol.seal_public, p->enrol.seal_secret);
    rng_fill(&rng, incarnation, sizeof(incarnation));
    p->enrol.incarnation = be64_get(incarnation);
    p->enrol.by = by->number;
    p->role = role;
    p->scope = scope;
    *out = p;
    world_log(w, "%u invites %u: role %d, scope %u", by->number, p->number, (int)role, scope);
    p->enrol.invitation = invitation;
    return LINLI_OK;
}

int enrol_request(struct place *p, struct buf *body)
{
    uint8_t incarnation[8];

    be64_put(incarnation, p->enrol.incarnation);
    write_map(body, 4);
    write_uint(body, 1);
    write_bin(body, p->enrol.sign_public, KEY_BYTES);
    write_uint(body, 2);
    write_bin(body, p->enrol.seal_public, KEY_BYTES);
    write_uint(body, 3);
    write_bin(body, incarnation, sizeof(incarnation));
    write_uint(body, 4);
    write_text(body, "made-up phone", 13);
    return body->failed;
}

static int answer_read(span body, struct enrolment *e, span certificates[LIMIT_CHAIN_CERTIFICATES])
{
    struct reader r;

    reader_start(&r, body);
    for (size_t left = reader_map(&r, 8); left > 0; left--) {
        uint64_t key = reader_uint(&r, 8);
        if (key == 1)
            e->root_file = reader_bin(&r, LIMIT_ROOT_BYTES);
        else if (key == 2)
            reader_fixed(&r, e->network_key, sizeof(e->network_key));
        else if (key == 3)
            for (size_t n = reader_array(&r, LIMIT_CHAIN_CERTIFICATES); n > 0; n--)
                certificates[e->certificate_count++] = reader_bin(&r, LIMIT_STATEMENT_BYTES);
        else
            reader_skip(&r);
    }
    return reader_end(&r) == LINLI_OK ? LINLI_OK : LINLI_E_FORMAT;
}

/* The answer is the node's own; what a hostile one would say is the enrolment tests' matter. */
int enrol_arrived(struct place *p, span body)
{
    struct enrolment e = {.incarnation = p->enrol.incarnation};
    span certificates[LIMIT_CHAIN_CERTIFICATES];

    memcpy(e.sign_public, p->enrol.sign_public, KEY_BYTES);
    memcpy(e.sign_secret, p->enrol.sign_secret, SIGN_SECRET_BYTES);
    memcpy(e.seal_public, p->enrol.seal_public, KEY_BYTES);
    memcpy(e.seal_secret, p->enrol.seal_secret, sizeof(e.seal_secret));
    int rv = answer_read(body, &e, certificates);
    e.certificates = certificates;
    return rv == LINLI_OK ? place_join(p, &e) : rv;
}

static int answer_here(struct place *p, const struct place *by, const struct invitation *invitation, struct buf *answer)
{
    struct buf request = {0};
    struct linli_enrol_request said;
    int rv = enrol_request(p, &request);
    struct enrol_ask ask = {.secret = invitation->secret, .request = buf_span(&request)};

    if (rv == LINLI_OK)
        rv = replica_enrol(by->store->replica, &ask, answer, &said);
    buf_free(&request);
    return rv;
}

int enrol_here(struct place *p, const struct place *by)
{
    struct buf answer = {0};
    int rv = answer_here(p, by, &p->enrol.invitation, &answer);

    if (rv == LINLI_OK)
        rv = enrol_arrived(p, buf_span(&answer));
    buf_free(&answer);
    return rv;
}

/* A device that was turned out, with the key and the store that it has. */
int admit_again(struct place *p, struct place *by, unsigned scope)
{
    struct invitation invitation;
    struct enrolment e = {.incarnation = 0};
    struct buf answer = {0};
    span certificates[LIMIT_CHAIN_CERTIFICATES];
    size_t added;
    int rv = invite(by, scope, p->role, &invitation);

    if (rv == LINLI_OK)
        rv = answer_here(p, by, &invitation, &answer);
    if (rv == LINLI_OK)
        rv = answer_read(buf_span(&answer), &e, certificates);
    if (rv == LINLI_OK)
        rv = replica_grants_add(p->store->replica, certificates, e.certificate_count, &added);
    buf_free(&answer);
    return rv;
}

/* --- the tree --- */

static int scope_make(struct world *w, struct place *by, unsigned parent, enum linli_scope_kind kind, unsigned *out)
{
    char name[32];
    struct linli_scope_spec spec = {.name = name, .kind = kind};
    struct scope *s = &w->scopes[w->scope_count];

    (void)snprintf(name, sizeof(name), "scope %u", w->scope_count);
    int rv = linli_scope_add(by->store, &w->scopes[parent].id, &spec, &s->id);
    if (rv != LINLI_OK)
        return rv;
    s->parent = parent;
    s->by = by;
    s->depth = w->scopes[parent].depth + 1;
    *out = w->scope_count++;
    return LINLI_OK;
}

int scope_grow(struct world *w, struct place *by)
{
    unsigned made;

    if (w->scope_count == SCOPES_MAX)
        return LINLI_OK;
    unsigned depth = w->scopes[by->scope].depth;
    return scope_make(w, by, by->scope, depth == 0 ? LINLI_COMMUNITY : LINLI_PATCH, &made);
}

static void people(struct world *w, struct place *by, unsigned count)
{
    static const enum linli_role roles[] = {LINLI_CAPTAIN, LINLI_CAPTAIN, LINLI_CAPTAIN, LINLI_CLERK, LINLI_VIEWER};

    for (unsigned i = 0; i < count && w->place_count < 12 && !w->over; i++) {
        unsigned scope = by->scope;
        struct place *p;
        struct scope_path path;
        for (unsigned tries = 0; tries < 4; tries++) {
            unsigned s = (unsigned)draw(w, w->scope_count);
            if (scope_under(w, s, by->scope) && replica_scope_path(by->store->replica, &w->scopes[s].id, &path) == LINLI_OK)
                scope = s; /* one that it has heard of */
        }
        int rv = invite_prepare(w, by, scope, roles[draw(w, 5)], &p);
        if (rv == LINLI_OK && chance(w, 700))
            rv = enrol_here(p, by);
        else if (rv == LINLI_OK)
            (void)link_open(w, p, by, true, false);
        if (rv != LINLI_OK)
            world_fail(w, "setup: %s", linli_code_name(rv));
    }
}

/* An office under the root, with a node of its own. */
static struct place *office(struct world *w, struct place *root)
{
    struct place *node = NULL;
    unsigned scope;
    int rv = scope_make(w, root, 0, LINLI_COMMUNITY, &scope);

    if (rv == LINLI_OK)
        rv = invite_prepare(w, root, scope, LINLI_NODE, &node);
    if (rv == LINLI_OK)
        rv = enrol_here(node, root);
    for (unsigned patches = (unsigned)draw(w, 3); patches > 0 && rv == LINLI_OK; patches--) {
        unsigned patch;
        rv = scope_make(w, chance(w, 500) ? node : root, scope, LINLI_PATCH, &patch);
    }
    if (rv != LINLI_OK)
        world_fail(w, "setup of an office: %s", linli_code_name(rv));
    return node;
}

void setup(struct world *w)
{
    struct place *root = place_new(w);
    bool city = chance(w, 600);
    int rv = place_found(root, city ? LINLI_CITY : LINLI_COMMUNITY);

    root->role = LINLI_NODE;
    root->enrolled = true;
    if (rv != LINLI_OK) {
        world_fail(w, "founding: %s", linli_code_name(rv));
        return;
    }
    w->scopes[w->scope_count++] = (struct scope){.id = replica_identity(root->store->replica)->root_scope, .by = root};
    if (!city) {
        for (unsigned patches = (unsigned)draw(w, 4); patches > 0 && !w->over; patches--)
            (void)scope_grow(w, root);
        people(w, root, 1 + (unsigned)draw(w, 6));
        return;
    }
    for (unsigned offices = 1 + (unsigned)draw(w, 2); offices > 0 && !w->over; offices--) {
        struct place *node = office(w, root);
        if (!w->over)
            people(w, node, 1 + (unsigned)draw(w, 4));
    }
}
