/* Command line, the program. */
#include "process.h"
#include "verbs.h"

int main(int argc, char **argv)
{
    struct context ctx;
    int status = STATUS_FAILED;
    process_start();
    if (context_init(&ctx, verb_table) == LINLI_OK) {
        text_init(); /* after the caller's variables were read: it sets one for gettext */
        status = context_run(&ctx, argc - 1, argv + 1);
    }
    context_free(&ctx);
    return status;
}
