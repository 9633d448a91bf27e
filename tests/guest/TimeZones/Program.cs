// Zones of the time zone database, local time by TZ.

using System.Globalization;
using Unikernel.Guest;

string[] zones = ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "EST5EDT", "America/New_York", "Etc/UTC", "GMT"];

return Suite.Run(args, ("zones", Zones), ("list", List), ("local", Local));

void Zones()
{
    Suite.Each("zone", zones, id =>
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        return $"{zone.Id}|{zone.DisplayName}|{zone.StandardName}|{zone.DaylightName}|{zone.BaseUtcOffset}|{zone.SupportsDaylightSavingTime}|{zone.HasIanaId}|{Suite.Digest(zone.ToSerializedString())}";
    });
    Suite.Each("from UTC", zones, id =>
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        return string.Join(' ', Instants().Select(utc => TimeZoneInfo.ConvertTimeFromUtc(utc, zone).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)));
    });
    Suite.Each("gaps and folds", zones, id =>
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        DateTime[] hours = [.. Enumerable.Range(0, 366 * 24).Select(hour => new DateTime(2024, 1, 1).AddHours(hour).AddMinutes(15))];
        return string.Join(' ', hours.Where(time => zone.IsInvalidTime(time) || zone.IsAmbiguousTime(time)).Select(time => time.ToString("MM-ddTHH:mm", CultureInfo.InvariantCulture)));
    });
    Suite.Case("between zones", () => TimeZoneInfo.ConvertTime(new DateTimeOffset(2011, 12, 29, 23, 0, 0, TimeSpan.FromHours(-10)), TimeZoneInfo.FindSystemTimeZoneById("Pacific/Apia")));
    Suite.Case("by name", () => TimeZoneInfo.ConvertTimeBySystemTimeZoneId(new DateTime(2024, 7, 1, 12, 0, 0), "America/New_York", "Asia/Kathmandu"));
    Suite.Case("try", () => $"{TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out TimeZoneInfo? zone)} {zone?.Id} {TimeZoneInfo.TryFindSystemTimeZoneById("Nowhere/Land", out _)}");
    Suite.Throws("unknown", () => TimeZoneInfo.FindSystemTimeZoneById("Nowhere/Land"));
    Suite.Throws("outside", () => TimeZoneInfo.FindSystemTimeZoneById("../../../etc/passwd"));
    Suite.Case("file", () => File.Exists("/usr/share/zoneinfo/Europe/Berlin"));
}

// Linux has them all.
void List() => Suite.Case("listed", () => TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Intersect(zones).Order(StringComparer.Ordinal));

static void Local()
{
    Suite.Case("id", () => TimeZoneInfo.Local.Id);
    Suite.Case("offset", () => TimeZoneInfo.Local.BaseUtcOffset);
    Suite.Case("local times", () => string.Join(' ', Instants().Select(utc => utc.ToLocalTime().ToString("MM-dd HH:mm K", CultureInfo.InvariantCulture))));
    Suite.Case("to UTC", () => new DateTime(2024, 7, 1, 12, 0, 0, DateTimeKind.Local).ToUniversalTime());
    Suite.Case("now", () => (DateTime.Now - DateTime.UtcNow - DateTimeOffset.Now.Offset).Duration() < TimeSpan.FromSeconds(1));
    Suite.Case("now is local", () => DateTimeOffset.Now.Offset == TimeZoneInfo.Local.GetUtcOffset(DateTime.UtcNow));
}

static IEnumerable<DateTime> Instants() => new[] { 1900, 1945, 1970, 1999, 2024, 2037, 2100 }.SelectMany(year => new[] { 1, 4, 7, 11 }.Select(month => new DateTime(year, month, 1, 12, 0, 0, DateTimeKind.Utc)));
