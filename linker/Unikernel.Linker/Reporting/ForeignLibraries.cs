namespace Unikernel.Linker.Reporting;

/// <summary>
/// Libraries that belong to Windows or macOS. A package that calls them asks first where it runs, because on Linux the call would fail as it does here.
/// </summary>
internal static class ForeignLibraries
{
    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        // Windows
        "advapi32", "bcrypt", "cfgmgr32", "combase", "comctl32", "comdlg32", "crypt32", "cryptui", "dbghelp", "dnsapi", "dwmapi", "fwpuclnt", "gdi32", "httpapi",
        "iphlpapi", "kernel32", "kernelbase", "logoncli", "msvcrt", "mswsock", "ncrypt", "netapi32", "normaliz", "ntdll", "ole32", "oleaut32", "powrprof", "propsys", "psapi",
        "rpcrt4", "sechost", "secur32", "setupapi", "shcore", "shell32", "shlwapi", "sspicli", "ucrtbase", "user32", "userenv", "uxtheme", "wevtapi", "winhttp", "wininet", "winmm",
        "winspool", "wintrust", "wlanapi", "wldap32", "ws2_32", "wtsapi32",

        // macOS
        "libSystem", "libSystem.B", "libobjc", "libobjc.A", "libproc",
    };

    // Without an extension the name could be a library of Linux.
    private static readonly HashSet<string> s_files = new(StringComparer.OrdinalIgnoreCase) { "avrt.dll", "credui.dll", "hid.dll", "mpr.dll", "pdh.dll", "version.dll" };

    /// <summary>Whether a P/Invoke's library, as it is named there, is one of another system.</summary>
    public static bool Contains(string library)
    {
        string name = library;
        foreach (string extension in (string[])[".dll", ".drv", ".dylib"])
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                name = name[..^extension.Length];
        }

        return s_names.Contains(name) || s_files.Contains(library) || name.StartsWith("api-ms-win-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("/System/Library/", StringComparison.Ordinal)
            || name.StartsWith("/usr/lib/libSystem", StringComparison.Ordinal);
    }
}
