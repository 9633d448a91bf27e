// Feature switches and branch removal.

// case: FeatureSwitchOff --feature My.Feature=false
if (F.Enabled) A.On(); else A.Off();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => AppContext.TryGetSwitch("My.Feature", out bool b) && b; } }
[Kept] static class A { public static void On() { } [Kept] public static void Off() { } }

// case: FeatureSwitchOn --feature My.Feature=true
if (F.Enabled) A.On(); else A.Off();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => AppContext.TryGetSwitch("My.Feature", out bool b) && b; } }
[Kept] static class A { [Kept] public static void On() { } public static void Off() { } }

// case: FeatureSwitchNotSet
if (F.Enabled) A.On(); else A.Off();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => AppContext.TryGetSwitch("My.Feature", out bool b) && b; } }
[Kept] static class A { [Kept] public static void On() { } [Kept] public static void Off() { } }

// case: FeatureSwitchNegated --feature My.Feature=false
if (!F.Enabled) A.Off(); else A.On();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
[Kept] static class A { public static void On() { } [Kept] public static void Off() { } }

// case: FeatureSwitchEarlyReturn --feature My.Feature=false
A.M();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
[Kept] static class A { [Kept] public static void M() { if (!F.Enabled) return; On(); } static void On() { } }

// case: FeatureSwitchAnd --feature My.Feature=false
if (F.Enabled && A.Condition()) A.On();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
[Kept] static class A { public static bool Condition() => true; public static void On() { } [Kept] static void M() { } [Kept] static A() => M(); class X { } }
[Kept] static class B { [Kept, ModuleInitializer] public static void Init() => RuntimeHelpers.RunClassConstructor(typeof(A).TypeHandle); }

// case: FeatureSwitchThroughHelper --feature My.Feature=false
if (F.Helper) A.On();
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } [Kept] public static bool Helper { [Kept] get => Enabled; } }
static class A { public static void On() { } }

// case: FeatureSwitchInTry --feature My.Feature=false
try { if (F.Enabled) A.On(); else A.Off(); } catch (E) { A.Caught(); }
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
[Kept] static class A { public static void On() { } [Kept] public static void Off() { } [Kept] public static void Caught() { } }
[Kept] class E : Exception { }

// case: FeatureSwitchDeadTry --feature My.Feature=false
if (F.Enabled) { try { A.On(); } catch (E) { A.Caught(); } finally { A.Finally(); } }
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
static class A { public static void On() { } public static void Caught() { } public static void Finally() { } }
class E : Exception { }

// case: FeatureSwitchTernary --feature My.Feature=true
Console.WriteLine(F.Enabled ? A.On() : A.Off());
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => false; } }
[Kept] static class A { [Kept] public static int On() => 1; public static int Off() => 2; }

// case: FeatureSwitchLoop --feature My.Feature=false
for (int i = 0; i < 3; i++) { if (F.Enabled) A.On(); A.Always(); }
[Kept] static class F { [Kept, FeatureSwitchDefinition("My.Feature")] public static bool Enabled { [Kept] get => true; } }
[Kept] static class A { public static void On() { } [Kept] public static void Always() { } }

// case: FrameworkFeature --feature System.Diagnostics.Tracing.EventSource.IsSupported=false
new Src().Hello();
[Kept] class Src : System.Diagnostics.Tracing.EventSource { [Kept] public void Hello() { } }
