/** linlid, words to systemd (sd_notify): over $NOTIFY_SOCKET, or to nobody. */
#ifndef LINLI_LINLID_NOTIFY_H
#define LINLI_LINLID_NOTIFY_H

#include <stdbool.h>

/** Say "READY=1", "STOPPING=1" and so on; several lines are one word. */
void notify_say(const char *state);
/** Does a watchdog want to hear "WATCHDOG=1" of us? Once a second is often enough for one that is set in whole seconds. */
bool notify_watchdog(void);

#endif
