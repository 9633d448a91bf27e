# Three functions with the call frame instructions that ilc writes, and their LSDAs, for UnwindTableTests.
    .section .dotnet_eh_table, "a"
    .skip 4
third_lsda:
    .skip 16
    .size third_lsda, 16

    .section __managedcode, "ax"
    .skip 8
first:                          # a leaf
    .quad 0, 0
first_end:
second:                         # push rbp
    .quad 0, 0, 0
second_end:
third:                          # push rbp; mov rbp, rsp; push rbx ... pop
    .quad 0, 0, 0
third_end:

    .section .eh_frame, "a"
cie:
    .long cie_end - . - 4, 0
    .byte 1
    .asciz "zLR"
    .byte 1, 0x78, 16, 2, 0x1b, 0x1b, 0x0c, 7, 8, 0x90, 1
    .balign 8, 0
cie_end:
    .macro fde function, lsda, program:vararg
0:  .long 2f - 1f
1:  .long . - cie
    .long \function - ., \function\()_end - \function
    .byte 4
    .long \lsda - .
    .byte \program
    .balign 8, 0
2:
    .endm
    fde third, third_lsda, 0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x41, 0x83, 3, 0x44, 0x0a, 0xc3, 0x0c, 7, 8
    fde second, .dotnet_eh_table, 0x41, 0x0e, 16, 0x86, 2
    fde first, .dotnet_eh_table + 20, 0, 0, 0
