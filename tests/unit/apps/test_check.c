/* tests: `linli check`: a record that comes twice, as one that is held in two scopes does, is no duplicate of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linli/linli.h>

#include "check.h"
#include "temporary.h"

struct run {
    struct check check;
    size_t duplicates;
};

static void count_duplicates(void *at, const struct finding *finding)
{
    struct run *run = at;
    run->duplicates += finding->kind == FINDING_DUPLICATE ? 1 : 0;
}

static bool look_twice(void *at, const linli_record *record)
{
    struct run *run = at;
    run->check.record = record;
    check_across(&run->check);
    check_across(&run->check);
    return true;
}

static void resident_add(linli_store *store, const linli_id *scope, const struct linli_schema_type *type)
{
    const struct linli_value name = linli_text("Made-up Person"), born = linli_text("1884-02-29");
    const linli_span none = {NULL, 0};
    linli_txn *txn = NULL;
    linli_id id;

    assert_int_equal(linli_txn_begin(store, &txn), LINLI_OK);
    assert_int_equal(linli_record_create(txn, scope, type->number, &id), LINLI_OK);
    assert_int_equal(linli_record_set(txn, &id, none, linli_schema_field_by_name(type, "name")->number, &name), LINLI_OK);
    assert_int_equal(linli_record_set(txn, &id, none, linli_schema_field_by_name(type, "birth_date")->number, &born), LINLI_OK);
    assert_int_equal(linli_txn_commit(txn, NULL), LINLI_OK);
}

static bool keep_root(void *at, const struct linli_scope *scope)
{
    *(linli_id *)at = scope->id;
    return false;
}

static size_t duplicates(linli_store *store, const linli_id *scope, const struct linli_schema_type *type)
{
    struct run run = {.check = {.found = count_duplicates, .at = &run, .scope = scope, .type = type}};
    const struct linli_query query = {.type = type->number, .closed = true};

    assert_int_equal(linli_query_each(store, &query, look_twice, &run), LINLI_OK);
    assert_false(run.check.broken);
    check_free(&run.check);
    return run.duplicates;
}

static void what_comes_twice_is_no_duplicate_of_itself(void **state)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {7};
    static struct temporary folder;
    const struct linli_schema_type *type = linli_schema_type_by_name("resident");
    char dir[TEMPORARY_BYTES];
    linli_store *store = NULL;
    linli_id scope;

    (void)state;
    temporary_make(&folder);
    const struct linli_options options = {.size = sizeof(options), .dir = temporary_path(&folder, "store", dir), .key = key};
    assert_int_equal(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store), LINLI_OK);
    assert_int_equal(linli_scope_each(store, keep_root, &scope), LINLI_OK);
    resident_add(store, &scope, type);
    assert_int_equal(duplicates(store, &scope, type), 0);
    resident_add(store, &scope, type);
    assert_int_equal(duplicates(store, &scope, type), 2); /* the other one, each time that it comes */
    linli_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_twice_is_no_duplicate_of_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
