/** Command line: what a process that holds keys and people's records does first. */
#ifndef LINLI_APP_PROCESS_H
#define LINLI_APP_PROCESS_H

/** No core dumps, no death by a pipe, and what must be done before other threads start. */
void process_start(void);

#endif
