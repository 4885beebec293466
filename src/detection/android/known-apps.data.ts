/** Apps for rooting or for hiding it (list of MVT's facts, phone-evidence 9.2, with tools that came later). */
export const ROOT_APPS: ReadonlySet<string> = new Set([
  'com.noshufou.android.su',
  'com.noshufou.android.su.elite',
  'eu.chainfire.supersu',
  'eu.chainfire.supersu.pro',
  'com.koushikdutta.superuser',
  'com.thirdparty.superuser',
  'com.yellowes.su',
  'com.koushikdutta.rommanager',
  'com.koushikdutta.rommanager.license',
  'com.dimonvideo.luckypatcher',
  'com.chelpus.lackypatch',
  'com.ramdroid.appquarantine',
  'com.ramdroid.appquarantinepro',
  'com.devadvance.rootcloak',
  'com.devadvance.rootcloakplus',
  'de.robv.android.xposed.installer',
  'com.saurik.substrate',
  'com.zachspong.temprootremovejb',
  'com.amphoras.hidemyroot',
  'com.amphoras.hidemyrootadfree',
  'com.formyhm.hiderootPremium',
  'com.formyhm.hideroot',
  'me.phh.superuser',
  'com.kingouser.com',
  'com.topjohnwu.magisk',
  'me.weishu.kernelsu',
  'me.bmax.apatch',
]);

export const STORE_INSTALLERS: ReadonlySet<string> = new Set(['org.fdroid.fdroid', 'com.aurora.store']);

/** Installed by hand from a file, mostly one that a browser fetched. */
export const FILE_INSTALLERS: ReadonlySet<string> = new Set([
  'com.google.android.packageinstaller',
  'com.android.packageinstaller',
]);

export const SECURITY_APPS: ReadonlySet<string> = new Set([
  'com.policydm',
  'com.samsung.android.app.omcagent',
  'com.samsung.android.securitylogagent',
  'com.sec.android.soagent',
]);

export const UPDATE_APPS: ReadonlySet<string> = new Set([
  'com.android.updater',
  'com.google.android.gms',
  'com.huawei.android.hwouc',
  'com.lge.lgdmsclient',
  'com.motorola.ccc.ota',
  'com.oneplus.opbackup',
  'com.oppo.ota',
  'com.transsion.systemupdate',
  'com.wssyncmldm',
]);

/** Accessibility services that ordinary people switch on: help for disabilities, password managers, system functions. */
export const ORDINARY_ACCESSIBILITY: ReadonlySet<string> = new Set([
  'com.google.android.marvin.talkback',
  'com.google.android.apps.accessibility.voiceaccess',
  'com.google.android.apps.accessibility.auditor',
  'com.google.audio.hearing.visualization.accessibility.scribe',
  'com.samsung.accessibility',
  'com.samsung.android.accessibility.talkback',
  'com.samsung.android.app.talkback',
  'com.android.settings',
  'com.sec.android.app.camera',
  'com.x8bit.bitwarden',
  'com.agilebits.onepassword',
  'com.onepassword.android',
  'com.lastpass.lpandroid',
  'com.dashlane',
  'com.callpod.android_apps.keeper',
  'com.nordpass.android.app.password.manager',
  'proton.android.pass',
  'keepass2android.keepass2android',
  'com.kunzisoft.keepass.free',
  'com.siber.roboform',
  'com.azure.authenticator',
  // Launchers that lock the screen on a double tap, automation, and desktops that reach the phone.
  'com.teslacoilsw.launcher',
  'com.microsoft.launcher',
  'net.dinglisch.android.taskerm',
  'com.joaomgcd.autoinput',
  'com.llamalab.automate',
  'com.arlosoft.macrodroid',
  'org.kde.kdeconnect_tp',
  'com.microsoft.appmanager',
]);

/** Stores: to install other apps is what they are for. */
export const STORES: ReadonlySet<string> = new Set([
  'com.android.vending',
  'com.sec.android.app.samsungapps',
  'com.huawei.appmarket',
  'com.xiaomi.mipicks',
  'com.heytap.market',
  'com.amazon.venezia',
  'org.fdroid.fdroid',
  'com.aurora.store',
]);

/** What scrcpy, Android Studio, Perfetto and the tests of apps put into the folder that cables write to. */
export const DEVELOPER_FILES =
  /^(?:scrcpy-server(?:\.jar|-manual\.jar)?|lldb-server|perfd|perfetto-(?:traces|configs)|simpleperf|minicap(?:\.so)?|minitouch|\.studio)(?:\/|$)/;
