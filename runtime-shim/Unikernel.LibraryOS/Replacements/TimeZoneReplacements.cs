using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Time zones of an image that has none: UTC by all of its names, and for any other a word of what to add. With zones (items UnikernelTimeZone) the framework's
/// own code reads them from /usr/share/zoneinfo.
/// </summary>
internal static class TimeZoneReplacements
{
    private const string Zones = "Unikernel.TimeZones";

    // TimeZoneInfo.TimeZoneInfoResult
    private const int Success = 0, NotFound = 1;

    [Replaces("System.Private.CoreLib", "System.TimeZoneInfo", "GetLocalTimeZoneFromTzFile", Fingerprint = "261353af62df111b", UnlessFeature = Zones,
        Why = "it reads /etc/localtime and the zone files of a Linux installation; the machine's clock runs in UTC")]
    public static TimeZoneInfo LocalTimeZone() => TimeZoneInfo.Utc;

    [Replaces("System.Private.CoreLib", "System.TimeZoneInfo", "GetLocalUtcOffset", Fingerprint = "64f6bb7de0dc13f4", UnlessFeature = Zones,
        Why = "local time is UTC, and asking a zone for it links the reader of zones")]
    public static TimeSpan LocalOffset(DateTime time, int options) => TimeSpan.Zero;

    [Replaces("System.Private.CoreLib", "System.TimeZoneInfo", "GetDateTimeNowUtcOffsetFromUtc", Fingerprint = "1a5f8fffbf809063", UnlessFeature = Zones,
        Why = "local time is UTC, and asking a zone for it links the reader of zones")]
    public static TimeSpan OffsetOfNow(DateTime time, out bool isAmbiguous)
    {
        isAmbiguous = false;
        return TimeSpan.Zero;
    }

    [Replaces("System.Private.CoreLib", "System.TimeZoneInfo", "TryGetTimeZoneFromLocalMachineCore", Fingerprint = "4037fd2b6771e467", UnlessFeature = Zones,
        Why = "it reads the zone files of a Linux installation, and the image has none")]
    public static int Find(string id, out TimeZoneInfo? zone, out Exception? exception)
    {
        exception = null;
        zone = null;
        switch (id)
        {
            case "UTC" or "UCT" or "Universal" or "Zulu" or "Etc/UTC" or "Etc/UCT" or "Etc/Universal" or "Etc/Zulu":
                TimeZoneInfo utc = TimeZoneInfo.Utc;
                zone = Create(id, TimeSpan.Zero, utc.DisplayName, utc.StandardName, utc.DaylightName, null, disableDaylightSavingTime: false, hasIanaId: true);
                return Success;
            case "GMT" or "GMT0" or "GMT+0" or "GMT-0" or "Greenwich" or "Etc/GMT" or "Etc/GMT0" or "Etc/GMT+0" or "Etc/GMT-0" or "Etc/Greenwich":
                zone = Create(id, TimeSpan.Zero, "(UTC+00:00) " + id, "GMT", "GMT", null, disableDaylightSavingTime: false, hasIanaId: true);
                return Success;
            default:
                exception = new TimeZoneNotFoundException(
                    $"The image has no time zones. Add <UnikernelTimeZone Include=\"{id}\" /> to the project. https://github.com/dotnet-unikernel/toolchain/blob/main/docs/rules/UKN1003.md");
                return NotFound;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern TimeZoneInfo Create(
        string id, TimeSpan baseUtcOffset, string? displayName, string? standardDisplayName, string? daylightDisplayName,
        TimeZoneInfo.AdjustmentRule[]? adjustmentRules, bool disableDaylightSavingTime, bool hasIanaId);
}
