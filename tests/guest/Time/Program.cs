// Clocks, dates and time zones. The wall clock is compared with the host's by the harness, through "now".

using System.Diagnostics;
using System.Globalization;
using Unikernel.Guest;

if (args is ["now"])
{
    Console.WriteLine(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    return 0;
}

return Suite.Run(args, ("clock", Clocks), ("date", Dates), ("span", Spans), ("zone", Zones), ("format", Formats), ("parse", Parses));

static void Clocks()
{
    Suite.Case("stopwatch frequency", () => Stopwatch.Frequency);
    Suite.Case("stopwatch is high resolution", () => Stopwatch.IsHighResolution);
    Suite.Case("stopwatch never goes back", () =>
    {
        long last = Stopwatch.GetTimestamp();
        for (int i = 0; i < 100_000; i++)
        {
            long now = Stopwatch.GetTimestamp();
            if (now < last)
            {
                return "went back";
            }

            last = now;
        }

        return "monotonic";
    });
    Suite.Case("stopwatch advances in a busy loop", () =>
    {
        long start = Stopwatch.GetTimestamp();
        int reads = 0;
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 20)
        {
            reads++;
        }

        return reads > 0;
    });
    Suite.Case("stopwatch agrees with UtcNow", () =>
    {
        DateTime wall = DateTime.UtcNow;
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(300);
        double difference = (DateTime.UtcNow - wall).TotalMilliseconds - Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return Math.Abs(difference) < 150;
    });
    Suite.Case("tick count advances", () =>
    {
        long before = Environment.TickCount64;
        Thread.Sleep(30);
        return Environment.TickCount64 - before >= 28;
    });
    Suite.Case("tick count is non-negative", () => Environment.TickCount64 >= 0);
    Suite.Case("UtcNow never goes back", () =>
    {
        DateTime last = DateTime.UtcNow;
        for (int i = 0; i < 50_000; i++)
        {
            DateTime now = DateTime.UtcNow;
            if (now < last)
            {
                return "went back";
            }

            last = now;
        }

        return "monotonic";
    });
    Suite.Case("UtcNow is of this time", () => DateTime.UtcNow.Year is >= 2025 and < 2100);
    Suite.Case("UtcNow has a fraction", () => Enumerable.Range(0, 50).Any(_ =>
    {
        Thread.Sleep(1);
        return DateTime.UtcNow.Ticks % TimeSpan.TicksPerSecond != 0;
    }));
    Suite.Case("UtcNow kind", () => DateTime.UtcNow.Kind);
    Suite.Case("Now kind", () => DateTime.Now.Kind);
    Suite.Case("time provider", () =>
    {
        TimeProvider provider = TimeProvider.System;
        return $"{provider.TimestampFrequency} {provider.GetUtcNow().Offset} {provider.GetElapsedTime(provider.GetTimestamp()) >= TimeSpan.Zero}";
    });
    Suite.Case("elapsed of a sleep", () =>
    {
        Stopwatch watch = Stopwatch.StartNew();
        Thread.Sleep(50);
        watch.Stop();
        TimeSpan stopped = watch.Elapsed;
        Thread.Sleep(10);
        return watch.Elapsed == stopped && stopped.TotalMilliseconds >= 49;
    });
    Suite.Case("processor time does not go back", () =>
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long n = 0;
        for (int i = 0; i < 10_000_000; i++)
        {
            n += i;
        }

        return n > 0 && Environment.CpuUsage.TotalTime >= before;
    });
}

static void Dates()
{
    DateTime leap = new(2024, 2, 29, 13, 14, 15, 167, DateTimeKind.Utc);
    Suite.Each("is leap year", [1900, 2000, 2023, 2024, 2100, 9996], y => DateTime.IsLeapYear(y));
    Suite.Each("days in month", [1, 2, 4, 12], m => DateTime.DaysInMonth(2024, m));
    Suite.Each("add months", [-25, -12, -1, 0, 1, 12, 13, 1200], m => leap.AddMonths(m).ToString("O"));
    Suite.Each("add years", [-4, -1, 1, 4, 100], y => leap.AddYears(y).ToString("O"));
    Suite.Each("add days", [-60.5, 1.25, 365.0, 100000.0], d => leap.AddDays(d).ToString("O"));
    Suite.Each("day of year", [1, 60, 366], d => new DateTime(2024, 1, 1).AddDays(d - 1).ToString("O"));
    Suite.Case("day of week", () => string.Join(' ', Enumerable.Range(0, 8).Select(d => leap.AddDays(d).DayOfWeek)));
    Suite.Case("minimum", () => DateTime.MinValue.ToString("O"));
    Suite.Case("maximum", () => DateTime.MaxValue.ToString("O"));
    Suite.Throws("over the maximum", () => DateTime.MaxValue.AddTicks(1));
    Suite.Throws("bad day", () => _ = new DateTime(2023, 2, 29));
    Suite.Case("difference", () => leap - new DateTime(2000, 1, 1));
    Suite.Case("ticks", () => leap.Ticks);
    Suite.Case("unix seconds", () => new DateTimeOffset(leap).ToUnixTimeSeconds());
    Suite.Case("from unix", () => DateTimeOffset.FromUnixTimeMilliseconds(-1).ToString("O"));
    Suite.Case("offset", () => new DateTimeOffset(2024, 6, 1, 12, 0, 0, TimeSpan.FromHours(5.5)).ToUniversalTime().ToString("O"));
    Suite.Case("offset equality", () => new DateTimeOffset(2024, 6, 1, 12, 0, 0, TimeSpan.FromHours(2)) == new DateTimeOffset(2024, 6, 1, 10, 0, 0, TimeSpan.Zero));
    Suite.Case("date only", () => DateOnly.FromDateTime(leap).AddDays(1).ToString("O"));
    Suite.Case("date only day number", () => new DateOnly(2024, 2, 29).DayNumber);
    Suite.Case("time only", () => new TimeOnly(23, 30).AddHours(1, out int days).ToString("O") + " " + days);
    Suite.Case("time only between", () => new TimeOnly(1, 0).IsBetween(new TimeOnly(22, 0), new TimeOnly(6, 0)));
    Suite.Case("iso week", () => string.Join(' ', new[] { "2020-12-31", "2021-01-03", "2021-01-04", "2024-12-30" }.Select(s => ISOWeek.GetWeekOfYear(DateTime.Parse(s, CultureInfo.InvariantCulture)))));
    Suite.Case("file time", () => leap.ToFileTimeUtc());
    Suite.Case("oa date", () => leap.ToOADate());
    Suite.Case("binary", () => DateTime.FromBinary(leap.ToBinary()) == leap);
    Suite.Case("calendar gregorian", () => new GregorianCalendar().GetWeekOfYear(leap, CalendarWeekRule.FirstFourDayWeek, DayOfWeek.Monday));
    Suite.Case("calendar julian", () => new JulianCalendar().GetDayOfMonth(leap));
    Suite.Case("calendar hebrew", () => $"{new HebrewCalendar().GetYear(leap)} {new HebrewCalendar().GetMonth(leap)} {new HebrewCalendar().GetDayOfMonth(leap)}");
    Suite.Case("calendar hijri", () => $"{new HijriCalendar().GetYear(leap)} {new UmAlQuraCalendar().GetMonth(leap)}");
    Suite.Case("calendar persian", () => $"{new PersianCalendar().GetYear(leap)} {new PersianCalendar().GetDayOfMonth(leap)}");
    Suite.Case("calendar thai", () => new ThaiBuddhistCalendar().GetYear(leap));
}

static void Spans()
{
    TimeSpan span = new(1, 2, 3, 4, 5, 6);
    Suite.Case("parts", () => $"{span.Days} {span.Hours} {span.Minutes} {span.Seconds} {span.Milliseconds} {span.Microseconds}");
    Suite.Each("format", ["c", "g", "G", "hh\\:mm", "d\\.hh", "fffffff"], f => span.ToString(f, CultureInfo.InvariantCulture));
    Suite.Case("negate", () => -span);
    Suite.Case("multiply", () => span * 2.5);
    Suite.Case("divide", () => span / TimeSpan.FromHours(1));
    Suite.Each("parse", ["1", "1.02:03", "00:00:01.5", "-3.04:05:06.0070000", "24:00"], s => TimeSpan.Parse(s, CultureInfo.InvariantCulture));
    Suite.Throws("parse bad", () => TimeSpan.Parse("1:60"));
    Suite.Throws("overflow", () => TimeSpan.FromDays(1e10));
    Suite.Case("from parts", () => TimeSpan.FromMilliseconds(1234.5678));
    Suite.Case("minimum", () => TimeSpan.MinValue);
}

static void Zones()
{
    Suite.Case("utc", () => TimeZoneInfo.Utc.Id);
    Suite.Case("utc by id", () => TimeZoneInfo.FindSystemTimeZoneById("UTC").BaseUtcOffset);
    Suite.Case("local without TZ is UTC", () => TimeZoneInfo.Local.BaseUtcOffset);
    Suite.Each("named", ["Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Etc/GMT", "Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0", "Etc/Greenwich"], id =>
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        return $"{zone.Id}|{zone.DisplayName}|{zone.StandardName}|{zone.DaylightName}|{zone.BaseUtcOffset}|{zone.SupportsDaylightSavingTime}|{zone.HasIanaId}|{zone.GetAdjustmentRules().Length}|{zone.Equals(TimeZoneInfo.Utc)}";
    });
    Suite.Throws("unknown", () => TimeZoneInfo.FindSystemTimeZoneById("Nowhere/Land"));
    Suite.Case("custom", () =>
    {
        TimeZoneInfo zone = TimeZoneInfo.CreateCustomTimeZone("Test", TimeSpan.FromHours(1), "Test", "Test", "Test Summer",
        [
            TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday)),
        ]);
        DateTime winter = new(2024, 1, 15, 12, 0, 0, DateTimeKind.Utc), summer = new(2024, 7, 15, 12, 0, 0, DateTimeKind.Utc);
        DateTime gap = new(2024, 3, 31, 2, 30, 0);
        return $"{TimeZoneInfo.ConvertTimeFromUtc(winter, zone):HH} {TimeZoneInfo.ConvertTimeFromUtc(summer, zone):HH} {zone.IsInvalidTime(gap)} {zone.IsDaylightSavingTime(summer)}";
    });
    Suite.Case("serialized", () => TimeZoneInfo.FromSerializedString(TimeZoneInfo.Utc.ToSerializedString()).Id);
}

static void Formats()
{
    DateTime moment = new(2009, 6, 15, 13, 45, 30, 617, DateTimeKind.Utc);
    Suite.Each("standard", ["d", "D", "f", "F", "g", "G", "m", "o", "r", "s", "t", "T", "u", "U", "y"], f => moment.ToString(f, CultureInfo.InvariantCulture));
    Suite.Each("custom", ["yyyy-MM-dd", "ddd, dd MMM yy", "dddd MMMM", "HH:mm:ss.fff", "h:m:s tt", "K", "zzz", "%d", "gg", "''yyyy''", "FFFFFFF"],
        f => moment.ToString(f, CultureInfo.InvariantCulture));
    Suite.Throws("bad format", () => moment.ToString("q", CultureInfo.InvariantCulture));
    Suite.Case("try format", () =>
    {
        Span<char> small = stackalloc char[4];
        return $"{moment.TryFormat(small, out int written)} {written}";
    });
    Suite.Case("utf8", () =>
    {
        byte[] text = new byte[40];
        moment.TryFormat(text, out int written, "O");
        return System.Text.Encoding.UTF8.GetString(text, 0, written);
    });
}

static void Parses()
{
    Suite.Each("date time", ["2009-06-15T13:45:30Z", "2009-06-15", "06/15/2009 1:45 PM", "Mon, 15 Jun 2009 20:45:30 GMT", "15 June 2009", "2009-06-15T13:45:30.1234567+02:00", "13:45"],
        s =>
        {
            DateTime parsed = DateTime.Parse(s, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind | DateTimeStyles.NoCurrentDateDefault);
            return parsed.ToString("O");
        });
    Suite.Each("rejects", ["", "2009-13-01", "2009-02-30", "yesterday", "99/99/99"], s => DateTime.TryParse(s, CultureInfo.InvariantCulture, out _));
    Suite.Each("exact", ["20090615", "090615"], s => DateTime.TryParseExact(s, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime d) ? d.ToString("O") : "no");
    Suite.Each("offset", ["2009-06-15T13:45:30-07:00", "2009-06-15 13:45 +1:30"], s => DateTimeOffset.Parse(s, CultureInfo.InvariantCulture).ToString("O"));
    Suite.Throws("bad", () => DateTime.Parse("not a date", CultureInfo.InvariantCulture));
    Suite.Each("date only", ["2024-02-29", "02/29/2024"], s => DateOnly.Parse(s, CultureInfo.InvariantCulture).ToString("O"));
    Suite.Each("time only", ["23:59", "11:59 PM", "00:00:00.001"], s => TimeOnly.Parse(s, CultureInfo.InvariantCulture).ToString("O"));
}
