/*
 * fuzz: any bytes as a file for `linli import`: a register of buildings, a list of divisions, a roster or a list of captains, against a store that
 * holds a little, looked at and not written. The first byte says which kind, whether the file claims to be complete, and
 * whether the text up to the first zero is a map of columns. Each row is counted once.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "csv_reader.h"
#include "import.h"
#include "temporary.h"

static struct context ctx;
static linli_id scope;

static void store_make(void)
{
    static struct temporary folder;
    static const uint8_t key[LINLI_KEY_BYTES] = "a key of the fuzz targets";
    struct linli_scope_spec spec = {.name = "Building 1", .kind = LINLI_PATCH};
    struct linli_status status;
    char dir[TEMPORARY_BYTES];
    linli_txn *txn = NULL;
    linli_id patch, id;

    temporary_make(&folder);
    struct linli_options options = {.size = sizeof(options), .dir = temporary_path(&folder, "store", dir), .key = key,
                                    .map_bytes = 4 << 20};
    CLAIM(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", "530100000000", &ctx.store) == LINLI_OK);
    CLAIM(linli_store_status(ctx.store, &status) == LINLI_OK);
    scope = status.root_scope;
    CLAIM(linli_scope_add(ctx.store, &scope, &spec, &patch) == LINLI_OK);
    const struct linli_schema_type *building = linli_schema_type_by_name("building");
    CLAIM(linli_txn_begin(ctx.store, &txn) == LINLI_OK);
    CLAIM(linli_record_create_named(txn, &scope, building->number, "7", &id) == LINLI_OK);
    struct linli_value code = linli_text("7");
    linli_field field = linli_schema_field_by_name(building, "code")->number;
    CLAIM(linli_record_set(txn, &id, (linli_span){NULL, 0}, field, &code) == LINLI_OK);
    CLAIM(linli_txn_commit(txn, NULL) == LINLI_OK);
    ctx.out = ctx.err = fopen("/dev/null", "w");
    CLAIM(ctx.err != NULL);
}

struct reading {
    struct import import;
    const struct import_kind *kind;
    void *state;
    size_t tried;
};

static bool on_row(void *at, const struct sheet_row *row)
{
    struct reading *r = at;
    struct import *import = &r->import;

    if (r->state == NULL)
        return (row->bad == 0 && r->kind->open(import, row, &r->state)) || ++r->tried < IMPORT_HEADINGS_WITHIN;
    if (row->bad != 0)
        return true;
    import->rows++;
    r->kind->row(import, r->state, row);
    return import->batch.status == STATUS_DONE;
}

static void counted_once(const struct import *import)
{
    size_t problems = json_array_size(import->problems);

    CLAIM(import->created + import->updated + import->unchanged + import->rejected == import->rows);
    CLAIM(import->rejected <= problems && import->batch.count == 0);
    if (import->complete && import->rejected > 0)
        CLAIM(import->deleted == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct import_kind *const kinds[] = {&import_buildings, &import_divisions, &import_roster, &import_captains};
    struct reading r = {.import = {.ctx = &ctx, .dry = true, .date = "2026-11-23", .today = "2026-11-23"}};

    if (ctx.store == NULL)
        store_make();
    if (size == 0)
        return 0;
    char *text = calloc(1, size);
    CLAIM(text != NULL);
    memcpy(text, data + 1, size - 1);
    size_t map = (data[0] & 8) != 0 ? strlen(text) + 1 : 0;
    r.import.scope = scope;
    r.import.batch.ctx = &ctx;
    r.import.problems = json_array();
    r.import.findings = json_array();
    r.import.complete = (data[0] & 4) != 0;
    r.import.map = map > 0 && map < size ? text : NULL;
    r.kind = kinds[data[0] & 3];
    size_t skip = r.import.map != NULL ? map : 0;
    (void)csv_each(text + skip, size - 1 - skip, on_row, &r);
    if (r.state != NULL && r.kind->finish != NULL && r.import.batch.status == STATUS_DONE)
        r.kind->finish(&r.import, r.state);
    if (r.import.batch.status == STATUS_DONE && r.state != NULL)
        counted_once(&r.import);
    if (r.state != NULL)
        r.kind->close(r.state);
    json_decref(r.import.problems);
    json_decref(r.import.findings);
    free(text);
    return 0;
}
