/* tests: scope ids commit to their place in the tree. */
#include "unit.h"

#include "codec/writer.h"
#include "people.h"

static void ids_follow_the_specification(void **state)
{
    (void)state;
    linli_hash network = {{1, 2, 3}};
    struct scope_path path = path_of("abcdefg");
    linli_id ids[LIMIT_SCOPE_DEPTH], expected, scope;
    span of_network = span_of(network.b, HASH_BYTES);

    path_ids(&network, &path, ids);
    crypto_hash16("linli/root-scope/1", &of_network, 1, &expected);
    expected.b[0] |= 1;
    for (size_t depth = 0;; depth++) {
        assert_true(id_equal(&ids[depth], &expected));
        struct scope_path cut = path;
        cut.depth = depth;
        path_scope(&network, &cut, &scope);
        assert_true(id_equal(&scope, &expected));
        if (depth == path.depth)
            break;
        span spans[] = {span_of(expected.b, ID_BYTES), span_of(path.nonce[depth], 16)};
        linli_id next;
        crypto_hash16("linli/scope/1", spans, 2, &next);
        next.b[0] |= 1;
        scope_child(&expected, path.nonce[depth], &expected);
        assert_true(id_equal(&next, &expected));
    }
}

static void a_path_contains_itself_and_what_is_below(void **state)
{
    (void)state;
    static const struct {
        const char *above, *below;
        bool contains;
    } cases[] = {{"", "", true},     {"", "abc", true},  {"a", "a", true},     {"a", "ab", true},    {"ab", "a", false},
                 {"a", "b", false},  {"ab", "ac", false}, {"b", "ab", false}, {"abcdefg", "abcdefg", true}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scope_path above = path_of(cases[i].above), below = path_of(cases[i].below);
        assert_int_equal(path_contains(&above, &below), cases[i].contains);
    }
}

static void a_path_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct buf out = {0};
    struct reader r;

    for (size_t depth = 0; depth <= LIMIT_SCOPE_DEPTH; depth++) {
        struct scope_path path = path_of("abcdefg"), got;
        path.depth = depth < LIMIT_SCOPE_DEPTH ? depth : LIMIT_SCOPE_DEPTH - 1;
        buf_clear(&out);
        path_write(&out, &path);
        if (depth == LIMIT_SCOPE_DEPTH) { /* one too deep */
            out.at[0]++;
            write_bin(&out, path.nonce[0], 16);
        }
        reader_start(&r, buf_span(&out));
        path_read(&r, &got);
        assert_code(reader_end(&r), depth < LIMIT_SCOPE_DEPTH ? LINLI_OK : LINLI_E_FORMAT);
        if (depth < LIMIT_SCOPE_DEPTH) {
            assert_int_equal(got.depth, depth);
            assert_true(path_contains(&got, &path) && path_contains(&path, &got));
        }
    }
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_follow_the_specification),
        cmocka_unit_test(a_path_contains_itself_and_what_is_below),
        cmocka_unit_test(a_path_is_read_as_it_was_written),
    };
    return UNIT_RUN(tests);
}
