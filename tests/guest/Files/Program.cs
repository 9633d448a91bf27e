// Files in /tmp, which is memory in the guest, and the read-only files that publish put beside the program.

using Unikernel.Guest;

return Suite.Run(
    args,
    ("file", FileCases.Run),
    ("stream", FileStreamCases.Run),
    ("directory", DirectoryCases.Run),
    ("errors", FileErrorCases.Run),
    ("beside", BesideCases.Run),
    ("watcher", WatcherCases.Run),
    ("threads", FileThreadCases.Run));
