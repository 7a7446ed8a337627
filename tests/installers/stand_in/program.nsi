; A program that can be installed, started and recognised where the real one cannot be made: it writes where it ran
; from, and stays for as long as it is told.
Target amd64-unicode
Name "stand-in"
OutFile "${OUTPUT}"
SilentInstall silent
RequestExecutionLevel user
Section
  ReadEnvStr $1 MLID_STAND_IN
  FileOpen $0 "$1" w
  FileWrite $0 "ran $EXEPATH"
  FileClose $0
  ReadEnvStr $2 MLID_STAND_IN_STAYS_MS
  StrCmp $2 "" done
  Sleep $2
done:
SectionEnd
