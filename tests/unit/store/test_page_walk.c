/* tests: the thorough look at a file finds each thing that would lead LMDB astray, and nothing in a file that LMDB made. */
#include "store_tool.h"

#include "store/foreign.h"
#include "store/mdb_layout.h"

enum { PAGE = 4096, HEAD_OF_NODE = sizeof(struct mdb_node_head) };

/* The bytes of a store's file, and where in it things are. */
struct image {
    struct place *place;
    uint8_t *bytes;
    size_t size;
    struct mdb_meta meta;
};

static uint8_t *page_at(const struct image *m, size_t number)
{
    assert_true((number + 1) * PAGE <= m->size);
    return m->bytes + number * PAGE;
}

static struct mdb_page_head head_of(const uint8_t *page)
{
    struct mdb_page_head head;

    memcpy(&head, page, PAGE_HEAD);
    return head;
}

static uint16_t *offsets_of(uint8_t *page)
{
    return (uint16_t *)(void *)(page + PAGE_HEAD);
}

static struct mdb_node_head *node_at(uint8_t *page, size_t i)
{
    return (struct mdb_node_head *)(void *)(page + offsets_of(page)[i]);
}

static uint8_t *value_of(struct mdb_node_head *node)
{
    return (uint8_t *)node + HEAD_OF_NODE + node->key_size;
}

static struct mdb_tree tree_of(struct mdb_node_head *node)
{
    struct mdb_tree tree;

    assert_int_equal(node->flags, NODE_SUBDATA);
    memcpy(&tree, value_of(node), sizeof(tree));
    return tree;
}

static void tree_put(struct mdb_node_head *node, const struct mdb_tree *tree)
{
    memcpy(value_of(node), tree, sizeof(*tree));
}

static uint8_t *main_page(const struct image *m)
{
    return page_at(m, m->meta.trees[1].root);
}

/* The node of the named table that has pages of its own and, when `deep`, branches; another one the next time. */
static struct mdb_node_head *table_node(const struct image *m, bool deep, size_t skip)
{
    uint8_t *page = main_page(m);

    for (size_t i = 0; i < (head_of(page).u.room.lower - PAGE_HEAD) / 2u; i++) {
        struct mdb_tree tree = tree_of(node_at(page, i));
        if (tree.root != NO_ROOT && (tree.depth > 1) == deep && skip-- == 0)
            return node_at(page, i);
    }
    fail();
    return NULL;
}

static uint8_t *table_root(const struct image *m, bool deep)
{
    return page_at(m, tree_of(table_node(m, deep, 0)).root);
}

static uint8_t *free_page(const struct image *m)
{
    assert_int_equal(m->meta.trees[0].depth, 1);
    return page_at(m, m->meta.trees[0].root);
}

static size_t *free_numbers(const struct image *m)
{
    return (size_t *)(void *)value_of(node_at(free_page(m), 0)); /* LMDB reads it so, too */
}

/* A leaf's node whose value lies on other pages; and the number of the first of these. */
static struct mdb_node_head *big_node(const struct image *m, size_t skip)
{
    for (size_t number = 2; number * PAGE < m->size; number++) {
        uint8_t *page = page_at(m, number);
        if (head_of(page).number != number || head_of(page).flags != PAGE_LEAF)
            continue;
        for (size_t i = 0; i < (head_of(page).u.room.lower - PAGE_HEAD) / 2u; i++)
            if (node_at(page, i)->flags == NODE_BIGDATA && skip-- == 0)
                return node_at(page, i);
    }
    fail();
    return NULL;
}

/* --- What can be wrong --- */

static void leaf_empty(struct image *m)
{
    struct mdb_page_head head = head_of(table_root(m, false));

    head.u.room.lower = PAGE_HEAD;
    memcpy(table_root(m, false), &head, PAGE_HEAD);
}

static void leaf_says_another_number(struct image *m)
{
    table_root(m, false)[0] ^= 1;
}

static void branch_of_one_child(struct image *m)
{
    struct mdb_page_head head = head_of(table_root(m, true));

    head.u.room.lower = PAGE_HEAD + 2;
    memcpy(table_root(m, true), &head, PAGE_HEAD);
}

static void branch_child_is_itself(struct image *m)
{
    uint8_t *page = table_root(m, true);

    node_at(page, 0)->low = (uint16_t)head_of(page).number;
}

static void branch_child_is_beyond_the_file(struct image *m)
{
    node_at(table_root(m, true), 0)->flags = 1;
}

static void two_tables_share_a_page(struct image *m)
{
    struct mdb_tree tree = tree_of(table_node(m, false, 0));

    tree_put(table_node(m, false, 1), &tree);
}

static void table_is_the_main_tree(struct image *m)
{
    tree_put(table_node(m, false, 0), &m->meta.trees[1]);
}

static void table_of_sorted_duplicates(struct image *m)
{
    struct mdb_tree tree = tree_of(table_node(m, false, 0));

    tree.flags = 4;
    tree_put(table_node(m, false, 0), &tree);
}

static void table_deeper_than_it_is(struct image *m)
{
    struct mdb_tree tree = tree_of(table_node(m, false, 0));

    tree.depth++;
    tree_put(table_node(m, false, 0), &tree);
}

static void table_on_overflow_pages(struct image *m)
{
    table_node(m, false, 0)->flags |= NODE_BIGDATA;
}

static void node_met_twice(struct image *m)
{
    uint16_t *offsets = offsets_of(main_page(m));

    offsets[1] = offsets[0];
}

static void node_inside_another(struct image *m)
{
    offsets_of(main_page(m))[0] += 2;
}

static void node_before_the_room(struct image *m)
{
    offsets_of(main_page(m))[0] = PAGE_HEAD;
}

static void node_at_an_odd_place(struct image *m)
{
    offsets_of(main_page(m))[0] += 1;
}

static void room_to_an_odd_place(struct image *m)
{
    struct mdb_page_head head = head_of(main_page(m));

    head.u.room.upper++;
    memcpy(main_page(m), &head, PAGE_HEAD);
}

static void node_larger_than_its_room(struct image *m)
{
    uint8_t *page = page_at(m, head_of(table_root(m, false)).number);

    node_at(page, 0)->low += 2;
}

static void key_longer_than_any(struct image *m)
{
    node_at(main_page(m), 0)->key_size = 0xffff;
}

static void key_empty(struct image *m)
{
    struct mdb_node_head *node = node_at(table_root(m, false), 0);

    node->low = (uint16_t)(node->low + node->key_size); /* of the same size all in all */
    node->key_size = 0;
}

static void keys_fall(struct image *m)
{
    uint16_t *offsets = offsets_of(main_page(m)), first = offsets[0];

    offsets[0] = offsets[1];
    offsets[1] = first;
}

static void separator_above_its_child(struct image *m)
{
    struct mdb_node_head *node = node_at(table_root(m, true), 1);

    ((uint8_t *)node)[HEAD_OF_NODE + node->key_size - 1]++;
}

static void values_share_pages(struct image *m)
{
    memcpy(value_of(big_node(m, 1)), value_of(big_node(m, 0)), sizeof(size_t));
}

static void value_longer_than_its_pages(struct image *m)
{
    big_node(m, 0)->high = 0xffff;
}

static void value_over_the_main_tree(struct image *m)
{
    size_t number;

    memcpy(&number, value_of(big_node(m, 0)), sizeof(number));
    struct mdb_page_head head = head_of(page_at(m, number));
    head.u.overflow_pages = (uint32_t)(m->meta.last_page - number + 1);
    memcpy(page_at(m, number), &head, PAGE_HEAD);
}

static void free_list_counts_too_many(struct image *m)
{
    free_numbers(m)[0] = 1000;
}

static void free_list_has_a_meta_page(struct image *m)
{
    free_numbers(m)[free_numbers(m)[0]] = 1;
}

static void free_list_has_a_page_in_use(struct image *m)
{
    assert_int_equal(free_numbers(m)[0] > 0, true);
    free_numbers(m)[0] = 1;
    free_numbers(m)[1] = m->meta.trees[1].root;
}

static void free_list_has_a_page_beyond_the_last(struct image *m)
{
    free_numbers(m)[1] = m->meta.last_page + 1;
}

static void free_list_rises(struct image *m)
{
    size_t *numbers = free_numbers(m), first = numbers[1];

    assert_true(numbers[0] > 1);
    numbers[1] = numbers[2];
    numbers[2] = first;
}

static void free_list_of_the_future(struct image *m)
{
    uint8_t *page = free_page(m);
    size_t txn = m->meta.txn + 1, last = (head_of(page).u.room.lower - PAGE_HEAD) / 2u - 1;

    memcpy((uint8_t *)node_at(page, last) + HEAD_OF_NODE, &txn, sizeof(txn));
}

static void free_list_key_too_short(struct image *m)
{
    struct mdb_node_head *node = node_at(free_page(m), 0);

    node->key_size -= 2;
    node->low += 2;
}

static void free_list_holds_a_table(struct image *m)
{
    node_at(free_page(m), 0)->flags = NODE_SUBDATA;
}

/* --- */

static bool thoroughly(const struct place *p, int *rv)
{
    int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    *rv = foreign_check(fd, true);
    return close(fd) == 0;
}

/* Rows enough for branches, values over a page, and pages that became free. */
static void fill(struct place *p)
{
    static char big[9000];
    struct store_txn *txn = begin(p, true);

    for (uint64_t i = 0; i < 200; i++) {
        struct log_row row = {.arrival = i, .id = hash_of(i), .entry = span_of(big, 200)};
        linli_id record = id_of(i);
        assert_ok(log_put(txn, 1, 1, i, &row));
        assert_ok(view_put(txn, 1, &record, span_of(big, i % 50 == 0 ? sizeof(big) : 100)));
    }
    assert_ok(store_commit(txn));
    txn = begin(p, true);
    for (uint64_t i = 0; i < 200; i += 3)
        assert_ok(log_delete(txn, 1, 1, i));
    assert_ok(meta_put(txn, "one", text("1"))); /* and two tables of one page */
    assert_ok(note_put(txn, 'n', text("one"), text("1")));
    assert_ok(store_commit(txn));
}

static void image_take(struct image *m)
{
    char path[128];
    struct mdb_meta other;

    m->bytes = file_read(place_file(m->place, "data.mdb", path, sizeof(path)), &m->size);
    memcpy(&m->meta, m->bytes + PAGE_HEAD, sizeof(m->meta));
    assert_int_equal(m->meta.trees[0].pad, PAGE);
    memcpy(&other, m->bytes + PAGE + PAGE_HEAD, sizeof(other));
    if (other.txn > m->meta.txn)
        m->meta = other;
}

static void what_leads_astray_is_found(void **state)
{
    static const struct {
        const char *what;
        void (*damage)(struct image *m);
    } cases[] = {
#define CASE(what) {#what, what}
        CASE(leaf_empty),
        CASE(leaf_says_another_number),
        CASE(branch_of_one_child),
        CASE(branch_child_is_itself),
        CASE(branch_child_is_beyond_the_file),
        CASE(two_tables_share_a_page),
        CASE(table_is_the_main_tree),
        CASE(table_of_sorted_duplicates),
        CASE(table_deeper_than_it_is),
        CASE(table_on_overflow_pages),
        CASE(node_met_twice),
        CASE(node_inside_another),
        CASE(node_before_the_room),
        CASE(node_at_an_odd_place),
        CASE(room_to_an_odd_place),
        CASE(node_larger_than_its_room),
        CASE(key_longer_than_any),
        CASE(key_empty),
        CASE(keys_fall),
        CASE(separator_above_its_child),
        CASE(values_share_pages),
        CASE(value_longer_than_its_pages),
        CASE(value_over_the_main_tree),
        CASE(free_list_counts_too_many),
        CASE(free_list_has_a_meta_page),
        CASE(free_list_has_a_page_in_use),
        CASE(free_list_has_a_page_beyond_the_last),
        CASE(free_list_rises),
        CASE(free_list_of_the_future),
        CASE(free_list_key_too_short),
        CASE(free_list_holds_a_table),
#undef CASE
    };
    struct image m = {.place = *state};
    char path[128];
    int rv = -1;

    fill(m.place);
    place_close(m.place);
    assert_true(thoroughly(m.place, &rv));
    assert_ok(rv);
    image_take(&m);
    uint8_t *whole = malloc(m.size);
    assert_non_null(whole);
    memcpy(whole, m.bytes, m.size);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cases[i].damage(&m);
        assert_memory_not_equal(m.bytes, whole, m.size);
        file_write(place_file(m.place, "data.mdb", path, sizeof(path)), m.bytes, m.size);
        assert_true(thoroughly(m.place, &rv));
        if (rv != LINLI_E_FORMAT)
            print_error("%s: %d\n", cases[i].what, rv);
        assert_int_equal(rv, LINLI_E_FORMAT);
        memcpy(m.bytes, whole, m.size);
    }
    free(whole);
    free(m.bytes);
}

static void some_rows(struct place *p, struct store_txn *txn)
{
    static char bytes[20000];

    for (size_t i = rng_below(&p->rng, 300); i > 0; i--) {
        uint64_t row = rng_below(&p->rng, 2000);
        linli_id record = id_of(row);
        struct log_row entry = {.arrival = row, .id = hash_of(row), .entry = span_of(bytes, rng_below(&p->rng, 900))};
        size_t large = rng_below(&p->rng, 20) == 0 ? sizeof(bytes) : 300;
        assert_ok(view_put(txn, 1 + (uint32_t)(row % 3), &record, span_of(bytes, rng_below(&p->rng, large))));
        assert_ok(log_put(txn, 1, (uint32_t)(row % 5), row, &entry));
        row = rng_below(&p->rng, 2000);
        record = id_of(row);
        (void)view_delete(txn, 1 + (uint32_t)(row % 3), &record);
        (void)log_delete(txn, 1, (uint32_t)(row % 5), row);
    }
}

/* Readers in between keep pages from being taken again, so that the list of free ones grows to several pages of its own. */
static void what_lmdb_makes_is_found_whole(void **state)
{
    struct place *p = *state;
    int rv = -1;

    for (int opening = 0; opening < 25; opening++) {
        struct store_txn *reader = NULL;
        for (int commit = 0; commit < 12; commit++) {
            if (commit % 5 == 0) {
                store_abort(reader);
                reader = opening % 2 != 0 ? begin(p, false) : NULL;
            }
            struct store_txn *txn = begin(p, true);
            some_rows(p, txn);
            if (rng_below(&p->rng, 5) == 0)
                store_abort(txn);
            else
                assert_ok(store_commit(txn));
        }
        store_abort(reader);
        place_close(p);
        assert_true(thoroughly(p, &rv));
        assert_ok(rv);
        assert_ok(place_open(p, false));
    }
}

static int roomy_setup(void **state)
{
    struct place *p = NULL;

    place_setup(state);
    p = *state;
    p->config.map_bytes = 256 << 20;
    assert_ok(place_open(p, true));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_leads_astray_is_found, roomy_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_lmdb_makes_is_found_whole, roomy_setup, place_teardown),
    };
    return UNIT_RUN(tests);
}
