// What `unikernel-size --boot` reads of a stopped machine, by the addresses of static variables (msbuild/Unikernel.Size/Boot/GuestMemory.cs):
// commit.c `promised`, frames.c `zones`, `total`, `available`, heap.c `heap_pages`, space.c `space`, tables.c `root`. The offsets are asserted
// where the structures are.
#ifndef INSPECTION_H
#define INSPECTION_H

#define INSPECTED(type, member, offset)                                                                      \
    _Static_assert(__builtin_offsetof(type, member) == (offset), "msbuild/Unikernel.Size/Boot/GuestMemory.cs")

#endif
