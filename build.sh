#!/bin/sh
# Finds PowerShell 7.4 or newer, or restores it as a .NET tool, and hands the task over to build.ps1.
set -eu

cd "$(dirname "$0")"

if command -v pwsh >/dev/null 2>&1 &&
    pwsh -NoLogo -NoProfile -NonInteractive -Command 'exit [int]($PSVersionTable.PSVersion -lt [version]"7.4")'; then
    exec pwsh -NoLogo -NoProfile -File ./build.ps1 "$@"
fi

if ! command -v dotnet >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
build.sh: PowerShell 7.4 or newer is needed, and neither `pwsh` nor `dotnet` is on the PATH.
Install one of them and run this again:
  PowerShell      https://aka.ms/powershell
  .NET SDK 10     https://dot.net/download    (build.sh then restores PowerShell by itself)
TEXT
    exit 1
fi

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

if ! restored=$(dotnet tool restore 2>&1); then
    printf '%s\n' "$restored" >&2
    echo 'build.sh: PowerShell could not be restored with `dotnet tool restore`. Install PowerShell 7.4 or newer and run this again.' >&2
    exit 1
fi

exec dotnet tool run pwsh -- -NoLogo -NoProfile -File ./build.ps1 "$@"
