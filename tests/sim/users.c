/*
 * sim: what people do, through the public API: they open records, look away while others sync, save what they typed on top
 * of what they were shown, write blindly, delete, restore, choose, reopen. What was acknowledged is kept for the checkers.
 */
#include "api/txn.h"
#include "sim.h"

enum { CELLS_MAX = 64 };

static void form_clear(struct form *f)
{
    buf_free(&f->token);
    mem_free(f->shown);
    memset(f, 0, sizeof(*f));
}

void forms_clear(struct place *p)
{
    for (size_t i = 0; i < FORMS_MAX; i++)
        form_clear(&p->forms[i]);
}

static void key_hash(span key, linli_hash *out)
{
    crypto_hash("sim/key", &key, 1, out);
}

/* --- opening a form: the reading, its token, and what it showed by another way than the token --- */

static int shown_add(struct form *f, struct replica *r, uint32_t group, const struct cell *cell)
{
    const struct author_names *names = replica_names(r);
    int rv = LINLI_OK;

    for (size_t i = 0; i < cell->count && rv == LINLI_OK; i++) {
        rv = mem_grow(&f->shown, &f->shown_room, f->shown_count + 1, sizeof(*f->shown));
        if (rv != LINLI_OK)
            return rv;
        struct shown_dot *dot = &f->shown[f->shown_count++];
        *dot = (struct shown_dot){.group = group, .seq = cell->values[i].seq};
        key_hash(cell->key, &dot->key);
        names->get(names->ctx, cell->values[i].author, &dot->author);
    }
    return rv;
}

static int shown_read(struct place *p, struct form *f)
{
    struct record_state state = {0};
    struct arena a = {0};
    int rv = replica_load(p->store->replica, &a, &f->record, &f->scope, &state);

    f->type = state.type;
    for (size_t g = 0; g < state.count && rv == LINLI_OK; g++)
        for (size_t c = 0; c < state.groups[g].count && rv == LINLI_OK; c++)
            rv = shown_add(f, p->store->replica, state.groups[g].group, &state.groups[g].cells[c]);
    arena_free(&a);
    return rv;
}

static int form_open(struct place *p, const linli_id *id, struct form *f)
{
    linli_record *record = NULL;
    int rv = linli_record_get(p->store, id, &record);

    if (rv != LINLI_OK)
        return rv;
    form_clear(f);
    f->record = *id;
    linli_span token = linli_record_token(record);
    rv = buf_append(&f->token, token.at, token.size);
    if (rv == LINLI_OK)
        rv = shown_read(p, f);
    f->open = rv == LINLI_OK;
    linli_record_free(record);
    return rv;
}

/* --- values --- */

struct typed {
    char text[64];
    struct linli_value value;
};

static void value_draw(struct world *w, const struct linli_schema_field *field, struct typed *out)
{
    switch (field->kind) {
    case LINLI_KIND_TEXT:
        if (field->seal != LINLI_SEAL_NONE)
            (void)snprintf(out->text, sizeof(out->text), SEALED_TEXT " %llu", (unsigned long long)(w->acts * 8 + draw(w, 8)));
        else if (field->rule == LINLI_SET)
            (void)snprintf(out->text, sizeof(out->text), "element %u", (unsigned)draw(w, 5));
        else
            (void)snprintf(out->text, sizeof(out->text), "%s%llu", field->cls == LINLI_SENSITIVE ? CANARY_SENSITIVE : "typed ", (unsigned long long)(w->acts * 8 + draw(w, 8)));
        out->value = linli_text(out->text);
        break;
    case LINLI_KIND_DATE:
        (void)snprintf(out->text, sizeof(out->text), "2026-%02u-%02u", 1 + (unsigned)draw(w, 12), 1 + (unsigned)draw(w, 28));
        out->value = linli_text(out->text);
        break;
    case LINLI_KIND_BYTES:
        for (size_t i = 0; i < 24; i++)
            out->text[i] = (char)draw(w, 256);
        out->value = linli_bytes(out->text, 24);
        break;
    case LINLI_KIND_ID: out->value = linli_ref(w->record_count > 0 ? &w->records[draw(w, w->record_count)] : &w->scopes[0].id); break;
    case LINLI_KIND_CHOICE:
        out->value = linli_int(field->choice_count == 0 ? 1 : field->choices[draw(w, field->choice_count)].number);
        break;
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME: out->value = linli_int((int64_t)draw(w, 2000) - 1000); break;
    case LINLI_KIND_BOOL: out->value = linli_bool(chance(w, 500)); break;
    case LINLI_KIND_NIL:
    case LINLI_KIND_SEALED: out->value = linli_nil(); break;
    }
    if (field->rule == LINLI_MAX)
        out->value = linli_int((int64_t)draw(w, 1000000));
}

/* --- one save --- */

struct saving {
    struct world *w;
    struct place *p;
    const struct form *form; /* NULL: blind, or a new record */
    linli_txn *txn;
    linli_id scope, record;
    linli_type type;
    struct acked cells[CELLS_MAX];
    size_t cell_count;
};

static bool known_code(const struct place *p, int rv)
{
    return trouble_excuses(p, rv) || rv == LINLI_OK || rv == LINLI_E_REFUSED || rv == LINLI_E_SEALED || rv == LINLI_E_ARG || rv == LINLI_E_LIMIT || rv == LINLI_E_NOT_FOUND;
}

static bool attacked(const struct world *w)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (!w->places[i].honest)
            return true;
    return false;
}

static void field_put(struct saving *s, const struct linli_schema_field *field)
{
    linli_span token = s->form == NULL ? (linli_span){NULL, 0} : buf_span(&s->form->token);
    struct typed typed;
    int rv;

    value_draw(s->w, field, &typed);
    if (field->rule != LINLI_SET)
        rv = linli_record_set(s->txn, &s->record, token, field->number, &typed.value);
    else if (chance(s->w, 700))
        rv = linli_record_add(s->txn, &s->record, token, field->number, &typed.value);
    else
        rv = linli_record_remove(s->txn, &s->record, token, field->number, &typed.value);
    bool changed = rv == LINLI_E_SCHEMA && attacked(s->w); /* a hostile part may make it a record of another type */
    if (!known_code(s->p, rv) && !changed)
        world_fail(s->w, "%u writes field %u: %s", s->p->number, field->number, linli_code_name(rv));
}

static void fields_put(struct saving *s)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(s->type);
    size_t count = 1 + draw(s->w, 4);

    for (size_t i = 0; type != NULL && i < count && !s->w->over; i++)
        field_put(s, &type->fields[draw(s->w, type->field_count)]);
}

/* What the transaction will write, cell by cell, with what its writer was shown of each. */
static void cells_take(struct saving *s)
{
    s->cell_count = 0;
    for (size_t i = 0; i < s->txn->record_count; i++)
        for (const struct txn_cell *cell = s->txn->records[i].first; cell != NULL; cell = cell->next) {
            ALWAYS(s->cell_count < CELLS_MAX);
            s->scope = s->txn->records[i].scope; /* an attacker may have put a record of this id in another scope */
            struct acked *a = &s->cells[s->cell_count++];
            *a = (struct acked){.place = s->p->number, .scope = s->scope, .record = s->record, .type = s->type,
                                .group = cell->group, .amount = cell->number};
            key_hash(cell->key, &a->key);
            struct typed_text said = {s->scope, s->record, 1u << group_class(cell->group), s->p->number, false};
            for (size_t k = 0; k < cell->field_count; k++)
                erasers_typed(s->w, &said, cell->fields[k].item);
        }
}

static void acked_keep(struct saving *s, const struct acked *cell, const linli_dot *dot, bool maybe)
{
    struct world *w = s->w;
    size_t count = 0;
    bool own = heap_own(true);

    ALWAYS(mem_grow(&w->acked, &w->acked_room, w->acked_count + 1, sizeof(*w->acked)) == LINLI_OK);
    struct acked *a = &w->acked[w->acked_count++];
    *a = *cell;
    a->honest = s->p->honest;
    a->author = dot->author;
    a->seq = dot->seq;
    a->maybe = maybe;
    size_t shown = s->form == NULL ? 0 : s->form->shown_count;
    a->shown = mem_alloc((shown + 1) * sizeof(*a->shown));
    ALWAYS(a->shown != NULL);
    (void)heap_own(own);
    for (size_t i = 0; i < shown; i++)
        if (cell->group == GROUP_LIFE || /* a delete has seen the whole record */
            (s->form->shown[i].group == cell->group && hash_equal(&s->form->shown[i].key, &cell->key)))
            a->shown[count++] = s->form->shown[i];
    a->shown_count = count;
}

void acked_settle(struct place *p)
{
    struct world *w = p->world;
    size_t kept = 0;

    for (size_t i = 0; i < w->acked_count; i++) {
        struct acked a = w->acked[i];
        bool mine = a.place == p->number && memcmp(a.author.key, p->author.key, KEY_BYTES) == 0; /* in any incarnation */
        bool there = !mine || place_own_seq(p, &a.scope, &a.author) >= a.seq;
        if (!there && p->honest && !a.maybe)
            world_fail(w, "%u has lost its own write %llu", p->number, (unsigned long long)a.seq);
        if (a.maybe && mine)
            world_log(w, "%u: write %llu %s", p->number, (unsigned long long)a.seq, there ? "is there" : "is not there");
        if (a.maybe && mine && !there) {
            mem_free(a.shown);
            continue;
        }
        a.maybe = a.maybe && !mine;
        w->acked[kept++] = a;
    }
    w->acked_count = kept;
}

static unsigned scope_index(const struct world *w, const linli_id *id)
{
    for (unsigned i = 0; i < w->scope_count; i++)
        if (id_equal(&w->scopes[i].id, id))
            return i;
    return w->scope_count;
}

/* A commit that failed under it: nothing of it is there, or nobody knows before the store is opened again. */
static void unsaved(struct saving *s, int rv, uint64_t before)
{
    struct world *w = s->w;
    linli_dot next = {.author = s->p->author, .seq = before + 1};
    bool sick = s->p->sick, unknown = rv == LINLI_E_DISK && !sick;

    for (size_t i = 0; unknown && i < s->cell_count; i++)
        acked_keep(s, &s->cells[i], &next, true);
    if (!unknown && !sick && place_own_seq(s->p, &s->scope, &s->p->author) != before)
        world_fail(w, "%u says %s of a write, and it is there", s->p->number, linli_code_name(rv));
    world_log(w, "%u does not save: %s", s->p->number, linli_code_name(rv));
}

static bool dot_taken(const struct world *w, const struct linli_committed *done, const linli_id *scope)
{
    for (size_t i = 0; i < w->acked_count; i++)
        if (w->acked[i].honest && w->acked[i].seq == done->dot.seq && id_equal(&w->acked[i].scope, scope) &&
            author_equal(&w->acked[i].author, &done->dot.author))
            return true;
    return false;
}

static void saved(struct saving *s, int rv, const struct linli_committed *done)
{
    struct world *w = s->w;
    struct place *p = s->p;
    unsigned scope = scope_index(w, &s->scope);

    if (rv == LINLI_OK && s->cell_count > 0) {
        if (scope == w->scope_count || !place_may(p, scope, type_needs_manage(s->type)))
            world_fail(w, "%u wrote where it may not", p->number);
        if (p->honest && done->stamp <= p->last_commit)
            world_fail(w, "%u signed a stamp that is not greater than its last", p->number);
        if (p->honest && dot_taken(w, done, &s->scope))
            world_fail(w, "%u signed one dot twice", p->number);
        if (p->sick)
            world_fail(w, "%u wrote to a store whose last commit is unknown", p->number);
        p->last_commit = done->stamp;
        w->commits++;
        w->faults[FAULT_LATE] += p->ended && p->honest;
        for (size_t i = 0; i < s->cell_count; i++)
            acked_keep(s, &s->cells[i], &done->dot, false);
        world_log(w, "%u saves %u cells of %02x%02x in scope %u: seq %llu", p->number, (unsigned)s->cell_count,
                  s->record.b[0], s->record.b[1], scope, (unsigned long long)done->dot.seq);
        erasers_saved(w, p, &s->scope, done->dot.seq);
        return;
    }
    w->refused += rv != LINLI_OK;
    if (rv == LINLI_E_REFUSED && erased_at(p, &s->record))
        return; /* nothing more is written of who was erased */
    bool may = scope < w->scope_count && place_may(p, scope, type_needs_manage(s->type)) && !touched(w, p);
    if (rv != LINLI_OK && rv != LINLI_E_CLOCK && rv != LINLI_E_SEALED && !(rv == LINLI_E_REFUSED && !may) && !(rv == LINLI_E_FORK && !p->honest))
        world_fail(w, "%u commits: %s: %s", p->number, linli_code_name(rv), linli_store_error(p->store));
}

static void commit(struct saving *s)
{
    struct linli_committed done = {0};

    cells_take(s);
    uint64_t before = s->p->sick ? 0 : place_own_seq(s->p, &s->scope, &s->p->author); /* a store that is sick may not even be read */
    int rv = linli_txn_commit(s->txn, &done);
    s->txn = NULL;
    if (trouble_excuses(s->p, rv))
        unsaved(s, rv, before);
    else
        saved(s, rv, &done);
}

static bool begin(struct world *w, struct place *p, const struct form *form, struct saving *s)
{
    memset(s, 0, sizeof(*s));
    s->w = w;
    s->p = p;
    s->form = form;
    if (form != NULL) {
        s->record = form->record;
        s->scope = form->scope;
        s->type = form->type;
    }
    int rv = linli_txn_begin(p->store, &s->txn);
    if (rv != LINLI_OK && !trouble_excuses(p, rv))
        world_fail(w, "txn_begin: %s", linli_code_name(rv));
    return rv == LINLI_OK;
}

/* --- acts --- */

static void act_create(struct world *w, struct place *p)
{
    static const linli_type types[] = {3 << 1, 4 << 1, 4 << 1, 5 << 1, 6 << 1, 7 << 1, 8 << 1, 8 << 1, 9 << 1, 10 << 1};
    struct saving s;
    unsigned scope = (unsigned)draw(w, w->scope_count);

    for (unsigned tries = 0; tries < 6 && !place_may(p, scope, false); tries++)
        scope = (unsigned)draw(w, w->scope_count);
    if (!begin(w, p, NULL, &s))
        return;
    s.type = types[draw(w, COUNT_OF(types))];
    if (linli_schema_type_by_number(s.type) == NULL)
        s.type = 3 << 1; /* a type of newer programs */
    s.scope = w->scopes[scope].id;
    int rv = linli_record_create(s.txn, &s.scope, s.type, &s.record);
    if (rv != LINLI_OK) { /* a scope that is not held here */
        linli_txn_abort(s.txn);
        if (rv != LINLI_E_NOT_FOUND && !trouble_excuses(p, rv))
            world_fail(w, "record_create: %s", linli_code_name(rv));
        return;
    }
    fields_put(&s);
    bool own = heap_own(true);
    ALWAYS(mem_grow(&w->records, &w->record_room, w->record_count + 1, sizeof(*w->records)) == LINLI_OK);
    (void)heap_own(own);
    w->records[w->record_count++] = s.record;
    commit(&s);
}

static struct form *form_draw(struct world *w, struct place *p, bool open)
{
    size_t first = draw(w, FORMS_MAX);

    for (size_t i = 0; i < FORMS_MAX; i++)
        if (p->forms[(first + i) % FORMS_MAX].open == open)
            return &p->forms[(first + i) % FORMS_MAX];
    return NULL;
}

static struct form *act_open(struct world *w, struct place *p)
{
    struct form *f = form_draw(w, p, false);

    if (f == NULL)
        f = &p->forms[draw(w, FORMS_MAX)];
    /* People work on what is new: that is where they meet. */
    size_t recent = w->record_count > 8 && chance(w, 700) ? 8 : w->record_count;
    const linli_id *id = &w->records[w->record_count - 1 - draw(w, recent)];
    int rv = form_open(p, id, f);
    /* At the office a reading of what is sealed is a commit first: it is refused where those are. */
    bool unrecorded = rv == LINLI_E_CLOCK || (rv == LINLI_E_FORK && !p->honest);
    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND && rv != LINLI_E_REFUSED && rv != LINLI_E_SEALED && !unrecorded &&
        !trouble_excuses(p, rv))
        world_fail(w, "%u opens a record: %s", p->number, linli_code_name(rv));
    return rv == LINLI_OK ? f : NULL;
}

static void act_save(struct world *w, struct place *p, bool blind)
{
    struct form *f = form_draw(w, p, true);
    struct saving s;

    if (f == NULL || !begin(w, p, blind ? NULL : f, &s))
        return;
    s.record = f->record;
    s.scope = f->scope;
    s.type = f->type;
    fields_put(&s);
    commit(&s);
    if (chance(w, 800))
        form_clear(f); /* else it stays open, and is saved again on top of the old reading */
}

static void act_life(struct world *w, struct place *p, bool delete)
{
    struct form *f = form_draw(w, p, true);
    struct saving s;

    if (f == NULL || !begin(w, p, f, &s))
        return;
    int rv = delete ? linli_record_delete(s.txn, &s.record, buf_span(&f->token))
                    : linli_record_restore(s.txn, &s.record, buf_span(&f->token));
    bool unheard = linli_schema_type_by_number(f->type) == NULL; /* a record of newer programs is not ours to delete */
    if (!known_code(p, rv) && !(rv == LINLI_E_SCHEMA && (unheard || attacked(w))))
        world_fail(w, "%u deletes: %s", p->number, linli_code_name(rv));
    commit(&s);
    form_clear(f);
}

struct choosing {
    linli_field field;
    linli_dot dot;
    size_t seen;
    const linli_id *scope;
    struct world *w;
};

static bool choose(void *ctx, const struct linli_conflict *conflict)
{
    struct choosing *c = ctx;

    if (conflict->value_count > 0 && id_equal(&conflict->scope, c->scope) && draw(c->w, ++c->seen) == 0) {
        c->field = conflict->field;
        c->dot = conflict->values[draw(c->w, conflict->value_count)].dot;
    }
    return true;
}

static void act_resolve(struct world *w, struct place *p)
{
    struct choosing c = {.w = w};
    struct form *f = act_open(w, p);
    struct saving s;

    c.scope = f == NULL ? NULL : &f->scope; /* not of a record of this id that an attacker put elsewhere */
    if (f == NULL || linli_conflict_each(p->store, NULL, &f->record, choose, &c) != LINLI_OK || c.seen == 0)
        return;
    if (!begin(w, p, f, &s))
        return;
    int rv = linli_record_resolve(s.txn, &s.record, buf_span(&f->token), c.field, &c.dot);
    if (!known_code(p, rv) && rv != LINLI_E_SCHEMA)
        world_fail(w, "%u resolves: %s", p->number, linli_code_name(rv));
    commit(&s);
    form_clear(f);
}

static void act_reopen(struct world *w, struct place *p)
{
    struct form *f = form_draw(w, p, true);
    struct saving s;

    if (f == NULL || (f->type != 7 << 1 && f->type != 8 << 1) || !begin(w, p, f, &s))
        return;
    int rv = linli_record_reopen(s.txn, &s.record, buf_span(&f->token), f->type == 7 << 1 ? 6 : 5, 1 + (int64_t)draw(w, 3));
    if (!known_code(p, rv) && !(rv == LINLI_E_SCHEMA && attacked(w)))
        world_fail(w, "%u reopens: %s", p->number, linli_code_name(rv));
    commit(&s);
}

static void act_manage(struct world *w, struct place *p)
{
    struct place *guest;
    int rv = LINLI_OK;

    if (p->role != LINLI_NODE && p->role != LINLI_CLERK)
        return;
    if (chance(w, 500)) {
        rv = scope_grow(w, p);
        world_log(w, "%u adds a scope: %s", p->number, linli_code_name(rv));
    } else if (w->place_count < 12 && p->honest) {
        rv = invite_prepare(w, p, p->scope, chance(w, 800) ? LINLI_CAPTAIN : LINLI_VIEWER, &guest);
        if (rv == LINLI_OK)
            (void)link_open(w, guest, p, true, false);
    }
    if (rv != LINLI_OK && rv != LINLI_E_CLOCK && rv != LINLI_E_EXISTS && !(rv == LINLI_E_FORK && !p->honest) &&
        !(rv == LINLI_E_REFUSED && touched(w, p)) && !trouble_excuses(p, rv))
        world_fail(w, "%u manages: %s: %s", p->number, linli_code_name(rv), linli_store_error(p->store));
}

void user_act(struct world *w, struct place *p)
{
    uint64_t n = draw(w, 100);

    w->acts++;
    p->author.incarnation = replica_identity(p->store->replica)->incarnation; /* it may go on in a new one */
    int rv = chance(w, 200) ? replica_keys_tend(p->store->replica) : LINLI_OK; /* as a node does now and then */
    if (rv != LINLI_OK && rv != LINLI_E_CLOCK && !(rv == LINLI_E_FORK && !p->honest) && !trouble_excuses(p, rv))
        world_fail(w, "%u tends keys: %s", p->number, linli_code_name(rv));
    if (trouble_excuses(p, rv))
        return;
    if (w->record_count == 0 || n < 15)
        act_create(w, p);
    else if (n < 40)
        (void)act_open(w, p);
    else if (n < 80)
        act_save(w, p, false);
    else if (n < 86)
        act_save(w, p, true);
    else if (n < 89)
        act_life(w, p, true);
    else if (n < 91)
        act_life(w, p, false);
    else if (n < 95)
        act_resolve(w, p);
    else if (n < 98)
        act_reopen(w, p);
    else
        act_manage(w, p);
}
